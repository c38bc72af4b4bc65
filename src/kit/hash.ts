/**
 * A 53-bit hash of a text (two rounds of multiply-and-mix, after the public-domain cyrb53), the same on every machine and
 * in every version: names, priorities and ports derived from it never move. Not for secrets.
 */
export function hash(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** `length` lower-case base-36 characters of the hash. */
export function shortHash(text: string, length: number): string {
  return hash(text).toString(36).padStart(11, "0").slice(-length);
}
