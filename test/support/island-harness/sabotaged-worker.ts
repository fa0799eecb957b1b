/** The island's worker with a broken kernel. */
import "./sabotage.ts";
import "#island/worker.ts";
