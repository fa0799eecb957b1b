/** The island's worker with memory that runs out. */
import "./exhaustible.ts";
import "#island/worker.ts";
