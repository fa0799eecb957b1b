/**
 * One request to the hub or to any host: redirects by hand, the token for the endpoint alone, patience.
 *
 * Not for files on disk, see `download.ts`, nor for what answers mean, see `answers.ts`.
 */
import { setTimeout as delay } from "node:timers/promises";
import { AtlasFailure } from "../failure.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import type { Report } from "../progress.ts";
import type { HubSettings } from "./settings.ts";

export interface Connection {
  readonly settings: HubSettings;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Waits between attempts; tests do not. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds without a byte after which a transfer counts as broken. */
  readonly patience: number;
}

const PATIENCE = 30_000;

export function openConnection(settings: HubSettings, signal: AbortSignal, report: Report): Connection {
  const sleep = (milliseconds: number) => delay(milliseconds, undefined, { signal }).catch(() => {});
  return { settings, signal, report, sleep, patience: PATIENCE };
}

/** What may be otherwise a moment later: a broken connection, a busy server, a name that does not resolve. */
export class Transient extends Error {
  override readonly name = "Transient";
  /** Seconds that the server asked to wait. */
  readonly wait: number | undefined;

  constructor(message: string, wait?: number) {
    super(message);
    this.wait = wait;
  }
}

/** Attempts without any progress before a transfer is given up. */
const ATTEMPTS = 6;
/** Milliseconds before the second attempt, doubled for each further one: 0.5 + 1 + 2 + 4 + 8 s in all. */
const FIRST_WAIT = 500;
/** Seconds: who is asked to wait longer should rather come back. */
const LONGEST_WAIT = 300;

/**
 * Does something again while it fails in a way that may pass.
 *
 * @param where address or file, for the message
 * @param progress grows when an attempt got further; attempts are then counted anew
 * @throws AtlasFailure network-failed after the last attempt, interrupted
 */
export async function persist<T>(
  { signal, sleep, report }: Connection,
  where: string,
  work: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  let seen = progress();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      throwIfInterrupted(signal);
      if (!(error instanceof Transient)) throw error;
      const reached = progress();
      if (reached > seen) attempt = 1;
      seen = reached;
      const { wait = 0, message } = error;
      if (attempt >= ATTEMPTS || wait > LONGEST_WAIT) throw gaveUp(where, message, wait);
      const milliseconds = Math.max(wait * 1000, FIRST_WAIT * 2 ** (attempt - 1));
      report({ type: "note", text: `${where}: ${message}; again in ${milliseconds / 1000} s` });
      await sleep(milliseconds, signal);
      throwIfInterrupted(signal);
    }
  }
}

function gaveUp(where: string, message: string, wait: number): AtlasFailure {
  const { HTTPS_PROXY, https_proxy, NODE_USE_ENV_PROXY } = process.env;
  const next =
    wait > LONGEST_WAIT
      ? `try again in ${Math.ceil(wait / 60)} min; HF_TOKEN raises the hub's limits`
      : (HTTPS_PROXY || https_proxy) && !NODE_USE_ENV_PROXY
        ? "Node takes the proxy of HTTPS_PROXY only where NODE_USE_ENV_PROXY=1 is set: set it"
        : "is this machine connected? behind a proxy set HTTPS_PROXY and NODE_USE_ENV_PROXY=1, with a mirror HF_ENDPOINT; what was downloaded is kept";
  return new AtlasFailure("network-failed", where, "an answer", message, next);
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 8;

export interface Answer {
  readonly response: Response;
  /** Of every answer on the way, the last one first: the hub says what a file is before it redirects to a CDN. */
  readonly headers: readonly Headers[];
}

export interface Ask {
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  /** Stop at the first redirect to another host: what the hub says is wanted, not the file. */
  readonly stay?: boolean;
}

/**
 * Sends a request and follows its redirects.
 *
 * @throws Transient where nobody answered in time, or a server is busy
 */
export async function ask(connection: Connection, address: string, options: Ask = {}): Promise<Answer> {
  const { settings } = connection;
  const home = new URL(settings.endpoint).origin;
  const headers: Headers[] = [];
  let url = new URL(address);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const sent: Record<string, string> = {
      "user-agent": "vision-neuron-atlas",
      // Lengths, ranges and digests are of the bytes as they are.
      "accept-encoding": "identity",
      ...options.headers,
    };
    // The CDN must not learn the token, and refuses requests that carry one.
    if (settings.token && url.origin === home) sent.authorization = `Bearer ${settings.token}`;
    const response = await send(connection, url, options.method ?? "GET", sent);
    headers.unshift(response.headers);
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return { response: refuseBusy(response), headers };
    const target = new URL(location, url);
    if (options.stay && target.origin !== url.origin) return { response, headers };
    await response.body?.cancel();
    if (url.protocol === "https:" && target.protocol !== "https:") {
      const next = "the host is set up wrongly; name another address";
      throw new AtlasFailure("network-failed", address, "to stay on https", target.href, next);
    }
    url = target;
  }
  throw new AtlasFailure(
    "network-failed",
    address,
    "a file",
    `more than ${MAX_REDIRECTS} redirects`,
    "is HF_ENDPOINT right?",
  );
}

async function send(
  { signal, patience }: Connection,
  url: URL,
  method: string,
  headers: Record<string, string>,
): Promise<Response> {
  // For the answer's beginning alone: a body may take hours.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), patience);
  try {
    return await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout.signal]),
    });
  } catch (error) {
    throwIfInterrupted(signal);
    throw asTransient(error, timeout.signal.aborted, patience);
  } finally {
    clearTimeout(timer);
  }
}

/** What fetch throws where a connection fails; its own message says only "fetch failed". */
export function asTransient(error: unknown, timedOut: boolean, patience: number): Transient {
  if (timedOut) return new Transient(`nothing for ${patience / 1000} s`);
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  const code = cause?.code ?? (error as NodeJS.ErrnoException).code;
  return new Transient(code ? (MEANING[code] ?? code) : (cause?.message ?? message));
}

const MEANING: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no name server",
  ECONNREFUSED: "a refused connection",
  ECONNRESET: "a broken connection",
  UND_ERR_SOCKET: "a broken connection",
  ETIMEDOUT: "no answer in time",
  UND_ERR_CONNECT_TIMEOUT: "no answer in time",
  ENETUNREACH: "no way to the network",
};

function refuseBusy(response: Response): Response {
  const { status } = response;
  const isBusy = status === 429 || status === 408 || status >= 500;
  if (!isBusy) return response;
  response.body?.cancel().catch(() => {});
  const what = status === 429 ? "too many requests (429)" : `a server's error (${status})`;
  throw new Transient(what, secondsOf(response.headers.get("retry-after")));
}

/** `Retry-After`: seconds or a date. */
function secondsOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - Date.now()) / 1000));
}
