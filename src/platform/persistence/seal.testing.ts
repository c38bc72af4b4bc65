import { type Seal, sealOfKey } from "./seal.ts";

/** The seal of tests' secrets. Its key is anyone's to know. */
export const seal: Seal = sealOfKey(Buffer.alloc(32, 7));
