import { type Ids, RandomIds } from "../../kit/ids.ts";
import { createGateway, type Gateway } from "./gateway.ts";

export const account = "000000000000";

/** A gateway that forgives what it serves no defect: it throws where a platform's reports it and answers 500. */
export function strictGateway(ids: Ids = new RandomIds()): Gateway {
  return createGateway({
    account,
    ids,
    report: (defect) => {
      throw defect;
    },
  });
}
