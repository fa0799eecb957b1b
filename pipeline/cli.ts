/** `npm run atlas`: a switch over commands, and the one place where failures are printed. */
import { join } from "node:path";
import type { Surroundings } from "./build.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { add } from "./commands/add.ts";
import { build, visualize } from "./commands/build.ts";
import { help } from "./commands/help.ts";
import { models } from "./commands/models.ts";
import { plan } from "./commands/plan.ts";
import { serve } from "./commands/serve.ts";
import { status } from "./commands/status.ts";
import { verify } from "./commands/verify.ts";
import { loadConfig, ROOT } from "./config.ts";
import { AtlasFailure } from "./failure.ts";
import { openConnection } from "./hub/connection.ts";
import { hubSettings } from "./hub/settings.ts";
import { onInterrupt } from "./interrupt.ts";
import { type Output, openOutput } from "./output.ts";
import { openStore } from "./store/store.ts";
import { processStreams } from "./terminal.ts";

async function run(line: CommandLine, output: Output, signal: AbortSignal): Promise<void> {
  if (line.command === "help") return help(output);
  if (line.command === "serve") return serve({ root: join(ROOT, "dist"), ...line.serve }, output, signal);
  if (line.add) return add(line.add, openConnection(hubSettings(), signal, output.report), output);
  const config = await loadConfig(line.config, line.overrides);
  const surroundings: Surroundings = {
    config,
    selection: line.selection,
    store: openStore(config.output.store),
    report: output.report,
    signal,
  };
  switch (line.command) {
    case "build":
      return build(surroundings, output);
    case "models":
      return models(surroundings, output);
    case "plan":
      return plan(surroundings, output);
    case "visualize":
      return visualize(surroundings, output);
    case "status":
      return status(surroundings, output);
    case "verify":
      return verify(config, output);
  }
}

const args = process.argv.slice(2);
const output = openOutput(processStreams(), args.includes("--json"));
try {
  await run(parseCommandLine(args), output, onInterrupt());
} catch (error) {
  if (!(error instanceof AtlasFailure)) throw error;
  output.failure(error.failure);
  process.exitCode = error.failure.reason === "interrupted" ? 130 : 1;
}
