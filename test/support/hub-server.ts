/**
 * A server that speaks the Hugging Face hub's protocol, as far as downloads need it, and a "CDN" on another port.
 *
 * Large files (LFS) answer with a redirect to the CDN, which knows nothing of tokens; small ones come from the hub
 * itself. Faults are queued: each is spent on the next request that it fits.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Repository {
  readonly commit: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Who may read it: everybody, holders of the token, or nobody yet. */
  readonly access?: "open" | "private" | "gated";
}

type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection breaks after so many bytes of the body. */
  | { readonly breakAfter: number }
  /** As `breakAfter`, but the connection stays open and silent. */
  | { readonly stallAfter: number }
  | "ignore-range"
  | "wrong-bytes";

interface Request {
  readonly host: "hub" | "cdn";
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface Hub {
  readonly endpoint: string;
  readonly cdn: string;
  /** By "organisation/name". */
  readonly repositories: Map<string, Repository>;
  readonly requests: Request[];
  /** Spends a fault on the next request of this method to this host. */
  fail(host: "hub" | "cdn", method: "GET" | "HEAD", ...faults: Fault[]): void;
  close(): Promise<void>;
}

export const TOKEN = "hf_secret";

/** From this size on a file is "large". */
const LFS_BYTES = 100;

export async function startHub(): Promise<Hub> {
  const repositories = new Map<string, Repository>();
  const requests: Request[] = [];
  const faults: { readonly at: string; readonly fault: Fault }[] = [];
  const takeFault = (at: string): Fault | undefined => {
    const index = faults.findIndex((queued) => queued.at === at);
    return index < 0 ? undefined : faults.splice(index, 1)[0]!.fault;
  };
  const note = (host: "hub" | "cdn", { method = "GET", url = "/", headers }: IncomingMessage) => {
    const { range, authorization } = headers;
    requests.push({ host, method, path: decodeURIComponent(url), range, authorization });
    return takeFault(`${host} ${method}`);
  };

  const blobs = new Map<string, Uint8Array>();
  const cdn = await listen((request, response) => {
    const fault = note("cdn", request);
    const bytes = blobs.get(new URL(request.url!, "http://cdn").pathname.slice(1));
    if (!bytes || request.headers.authorization) return end(response, 400);
    sendBytes(request, response, bytes, {}, fault);
  });
  const hub = await listen((request, response) => {
    const fault = note("hub", request);
    if (isStatus(fault)) return end(response, fault.status, fault.headers);
    const [, api, repo, revision, file] =
      /^\/(api\/models\/)?([^/]+\/[^/]+)\/(?:resolve|revision)\/([^/]+)\/?(.*)$/.exec(request.url!) ?? [];
    const repository = repo && repositories.get(repo);
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
    if (!repository) return end(response, isKnown ? 404 : 401, { "x-error-code": "RepoNotFound" });
    const { access = "open", commit, files } = repository;
    if (access === "private" && !isKnown) return end(response, 401, { "x-error-code": "RepoNotFound" });
    if (access === "gated") return end(response, 403, { "x-error-code": "GatedRepo" });
    if (!["main", "refs/pr/1", commit].includes(decodeURIComponent(revision!)))
      return end(response, 404, { "x-error-code": "RevisionNotFound" });
    if (api) return end(response, 200, {}, siblingsOf(files));
    const bytes = files[decodeURIComponent(file!)];
    const headers = { "x-repo-commit": commit };
    if (!bytes) return end(response, 404, { ...headers, "x-error-code": "EntryNotFound" });
    if (bytes.length < LFS_BYTES)
      return sendBytes(request, response, bytes, { ...headers, etag: `"${gitDigest(bytes)}"` }, fault);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    blobs.set(sha256, bytes);
    end(response, 302, {
      ...headers,
      "x-linked-etag": `"${sha256}"`,
      "x-linked-size": String(bytes.length),
      location: `${cdn.address}/${sha256}?signature=1`,
    });
  });
  return {
    endpoint: hub.address,
    cdn: cdn.address,
    repositories,
    requests,
    fail: (host, method, ...queued) =>
      faults.push(...queued.map((fault) => ({ at: `${host} ${method}`, fault }))),
    async close() {
      await Promise.all([hub.close(), cdn.close()]);
    },
  };
}

const isStatus = (fault: Fault | undefined): fault is Extract<Fault, { status: number }> =>
  typeof fault === "object" && "status" in fault;

/** git's name of a file: what the hub gives as etag of small ones. */
const gitDigest = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

const siblingsOf = (files: Repository["files"]): string =>
  JSON.stringify({ siblings: Object.keys(files).map((rfilename) => ({ rfilename })) });

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): void {
  response.writeHead(status, { "content-length": String(body.length), ...headers });
  response.end(body);
}

function sendBytes(
  { method, headers: { range } }: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
  fault: Fault | undefined,
): void {
  if (isStatus(fault)) {
    end(response, fault.status, fault.headers);
    return;
  }
  const asked = fault === "ignore-range" ? undefined : /^bytes=(\d+)-$/.exec(range ?? "");
  const from = Number(asked?.[1] ?? 0);
  if (from >= bytes.length && asked) {
    end(response, 416);
    return;
  }
  const body = Buffer.from(fault === "wrong-bytes" ? bytes.map((byte) => byte ^ 1) : bytes).subarray(from);
  response.writeHead(asked ? 206 : 200, {
    ...headers,
    "content-length": String(body.length),
    ...(asked && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  if (method === "HEAD") {
    response.end();
    return;
  }
  const limit =
    typeof fault !== "object" ? undefined : "breakAfter" in fault ? fault.breakAfter : fault.stallAfter;
  if (limit === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, limit), () => {
    // Time for the bytes to arrive before the connection is gone.
    if (typeof fault === "object" && "breakAfter" in fault) setTimeout(() => response.destroy(), 20);
  });
}

interface Listening {
  readonly address: string;
  close(): Promise<void>;
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listening> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
