/**
 * What a person or a machine sees of a running build: a bar on a terminal, plain lines elsewhere, or one JSON object
 * a line. Not for failures, which `cli.ts` prints.
 */

/** Everything that a build reports. */
export type Event =
  | { readonly type: "stage"; readonly stage: string; readonly about: string }
  | {
      readonly type: "progress";
      readonly stage: string;
      /** What the jobs of this line are about: a model, a layer. */
      readonly of: string;
      readonly done: number;
      readonly total: number;
      /** Jobs that were fresh when the stage began; they say nothing about the rate. */
      readonly fresh: number;
      /** What is counted, in the plural: "images", "neurons"; or "MB". */
      readonly unit: string;
    }
  | { readonly type: "note"; readonly text: string }
  /** Lines of a child process. */
  | { readonly type: "output"; readonly text: string };

export type Report = (event: Event) => void;

export interface Terminal {
  write(text: string): void;
  /** Whether the line can be overwritten. */
  readonly interactive: boolean;
  readonly columns: number;
  /** Milliseconds. */
  now(): number;
}

/** Milliseconds between two plain lines about the same jobs; a log of an hour then has some hundred lines. */
const PLAIN_EVERY = 10_000;
/** Milliseconds between two paintings of the bar. */
const BAR_EVERY = 100;

export function reportAsJson(terminal: Terminal): Report {
  return (event) => terminal.write(`${JSON.stringify(event)}\n`);
}

export function reportToPeople(terminal: Terminal): Report {
  let subject = "";
  let began = 0;
  let shown = 0;
  let ended = false;
  let barIsOpen = false;

  const line = (text: string) => {
    if (barIsOpen) terminal.write("\r\u001b[2K");
    barIsOpen = false;
    terminal.write(`${text}\n`);
  };

  return (event) => {
    if (event.type === "stage") return line(`${event.stage}: ${event.about}`);
    if (event.type === "note") return line(`  ${event.text}`);
    if (event.type === "output") return line(`  │ ${event.text}`);

    const now = terminal.now();
    const isNew = subject !== `${event.stage} ${event.of}`;
    if (isNew) {
      subject = `${event.stage} ${event.of}`;
      began = now;
      // A plain line when the first job starts says nothing; the bar is drawn at once.
      shown = terminal.interactive ? Number.NEGATIVE_INFINITY : now;
      ended = false;
    }
    const finished = event.done === event.total;
    if (finished && ended) return;
    ended = finished;
    if (!finished && now - shown < (terminal.interactive ? BAR_EVERY : PLAIN_EVERY)) return;
    shown = now;
    const text = describeProgress(event, (now - began) / 1000);
    if (!terminal.interactive || finished) return line(`  ${text}`);
    const width = Math.max(0, Math.min(24, terminal.columns - text.length - 6));
    terminal.write(`\r\u001b[2K  ${bar(event.done / event.total, width)} ${text}`);
    barIsOpen = true;
  };
}

/** "picturebook_vit: 512/4000 images, 310 a second, 11 s left" */
export function describeProgress(
  { of, done, total, fresh, unit }: Extract<Event, { type: "progress" }>,
  seconds: number,
): string {
  const base = `${of}: ${done}/${total} ${unit}`;
  const worked = done - fresh;
  if (worked <= 0)
    return fresh === total ? `${base}, all fresh` : fresh > 0 ? `${base}, ${fresh} fresh` : base;
  if (seconds <= 0) return base;
  const rate = worked / seconds;
  const pace =
    unit === "MB"
      ? `${rounded(rate)} MB/s`
      : rate >= 1
        ? `${rounded(rate)} a second`
        : `${rounded(1 / rate)} s each`;
  const rest = done === total ? `took ${duration(seconds)}` : `${duration((total - done) / rate)} left`;
  return `${base}, ${pace}, ${rest}`;
}

/** 4.2 s, 75 s as 1 min 15 s, 2 h 5 min */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const rounded = (value: number): string => (value >= 10 ? String(Math.round(value)) : value.toFixed(1));

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)}`;
}
