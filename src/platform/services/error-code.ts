/** The code of an error an AWS operation answered with, as the wire shows it; empty for anything else. */
export function errorCode(fault: unknown): string {
  if (!(fault instanceof Error)) return "";
  return "code" in fault && typeof fault.code === "string" ? fault.code : fault.name;
}
