/**
 * undici's HTTP/1.1 client alone. The package's entry brings fetch, websockets and caches with it: a megabyte, and a
 * quarter of the platform's start.
 */
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";
  export default Client;
}
