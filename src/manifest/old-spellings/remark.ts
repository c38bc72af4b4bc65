/** What modernising says about a place of the source. */
import type { Code } from "../codes.ts";

export interface Remark {
  readonly code: Code;
  /** Characters from the beginning of the source. */
  readonly offset: number;
  readonly path: string;
  readonly message: string;
  readonly hint: string;
  /** The field that was meant and is refused with this: rules on it keep silent. */
  readonly breaks?: string;
}

export type Say = (remark: Remark) => void;
