/** Where the objects of a site lie. Without the schemas that check references to them, which no page needs. */

/** Bytes named by their SHA-256; see `objectSchema` in atlas-data.ts. */
export interface ObjectName {
  readonly digest: string;
  readonly ext: string;
}

/** Path of an object below the site's base, such as `objects/ab/ab12….png`. */
export function objectPath({ digest, ext }: ObjectName): string {
  return `objects/${digest.slice(0, 2)}/${digest}.${ext}`;
}
