/** What the hub's answers mean: facts about a file, or why there is none. */
import { createHash } from "node:crypto";
import { AtlasFailure } from "../failure.ts";
import { list } from "../suggest.ts";
import type { HubFile } from "./cache.ts";
import { ask, type Connection, persist } from "./connection.ts";
import { refuseUnsafe, UNSAFE } from "./unsafe.ts";

/** What is known of a file before its bytes. */
export interface FileFacts {
  readonly commit: string;
  /** SHA-256 of a large file, git's SHA-1 of a small one; a mirror may have others. */
  readonly etag: string;
  readonly bytes: number;
}

export const addressOf = (endpoint: string, { repo, revision, file }: HubFile): string =>
  `${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${file.split("/").map(encodeURIComponent).join("/")}`;

/**
 * Asks the hub what a file is, without its bytes.
 *
 * @throws AtlasFailure hub-missing, hub-refused, network-failed, weights-unsafe
 */
export async function askForFacts(connection: Connection, wanted: HubFile): Promise<FileFacts> {
  const { endpoint } = connection.settings;
  const address = addressOf(endpoint, wanted);
  const { response, headers } = await persist(connection, address, () =>
    ask(connection, address, { method: "HEAD", stay: true }),
  );
  if (response.status >= 400) throw await refusal(connection, wanted, response);
  const first = (...names: string[]): string | undefined =>
    names.flatMap((name) => headers.map((answer) => answer.get(name))).find((value) => value !== null) ??
    undefined;
  const commit = first("x-repo-commit");
  const etag = first("x-linked-etag", "etag")?.replace(/^W\//, "").replaceAll('"', "");
  const bytes = Number(first("x-linked-size", "content-length") ?? Number.NaN);
  if (commit && /^[0-9a-f]{40}$/.test(commit) && etag && Number.isSafeInteger(bytes))
    return { commit, etag: asName(etag), bytes };
  const got = `${response.status} without x-repo-commit, etag or length`;
  throw new AtlasFailure("network-failed", address, "an answer of the hub", got, "is HF_ENDPOINT right?");
}

/** The etag names a file in the cache; what does not look like a name is given one. */
function asName(etag: string): string {
  return /^[\w-][\w.-]*$/.test(etag) ? etag : createHash("sha256").update(etag).digest("hex").slice(0, 40);
}

/** Turns an error of the hub into a failure that says what to do. */
export async function refusal(
  connection: Connection,
  { repo, revision, file }: HubFile,
  response: Response,
): Promise<AtlasFailure> {
  const { endpoint, token } = connection.settings;
  const page = `${endpoint}/${repo}`;
  const code = response.headers.get("x-error-code");
  const said = response.headers.get("x-error-message") ?? `${response.status} ${response.statusText}`.trim();
  const fail = (reason: "hub-refused" | "hub-missing", expected: string, got: string, next: string) =>
    new AtlasFailure(reason, repo, expected, got, next);
  if (code === "GatedRepo") {
    const how = token ? "with the account of the token" : "then set HF_TOKEN";
    return fail("hub-refused", "access", "a gated repository", `accept its terms at ${page}, ${how}`);
  }
  if (code === "RevisionNotFound")
    return fail("hub-missing", `revision "${revision}"`, "none of that name", `${page} lists its branches`);
  if (code === "EntryNotFound" || (response.status === 404 && code === null))
    return missingFile(connection, { repo, revision, file });
  if (response.status === 404 || (response.status === 401 && !token))
    return fail(
      "hub-missing",
      "a repository on the hub",
      response.status === 401 ? "none, or a private one" : "none",
      token ? `look for it at ${endpoint}` : `check its name at ${endpoint}; for a private one set HF_TOKEN`,
    );
  if (response.status === 401 || response.status === 403)
    return fail(
      "hub-refused",
      "access",
      said,
      `is the token in HF_TOKEN valid, and allowed to read ${page}?`,
    );
  return fail("hub-refused", `"${file}"`, said, `look at ${page}`);
}

/** A repository without the file: pickles in its place are the usual reason. */
async function missingFile(connection: Connection, wanted: HubFile): Promise<AtlasFailure> {
  const { repo, file } = wanted;
  const files = await filesOf(connection, wanted);
  if (files.length === 0) {
    const next = `check the name at ${connection.settings.endpoint}`;
    return new AtlasFailure("hub-missing", repo, `"${file}" on the hub`, "no such file", next);
  }
  const weights = files.filter((name) => /\.safetensors(\.index\.json)?$/.test(name));
  const pickle = files.find((name) => UNSAFE.test(name));
  if (weights.length === 0 && pickle) return refuseUnsafe(`${repo}/${pickle}`);
  const next = weights.length > 0 ? `name its weights: ${repo}/${weights[0]}` : "name another repository";
  return new AtlasFailure("hub-missing", repo, `"${file}"`, list(files), next);
}

/** Names of a repository's files; none where the hub does not say. */
async function filesOf(connection: Connection, { repo, revision }: HubFile): Promise<string[]> {
  const address = `${connection.settings.endpoint}/api/models/${repo}/revision/${encodeURIComponent(revision)}`;
  const { response } = await persist(connection, address, () => ask(connection, address));
  if (!response.ok) return [];
  const { siblings } = (await response.json().catch(() => ({}))) as { siblings?: { rfilename?: unknown }[] };
  return (siblings ?? []).map(({ rfilename }) => rfilename).filter((name) => typeof name === "string");
}
