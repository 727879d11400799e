import { headerName } from "../gateway/names.ts";
import { list, object, string } from "../schema/vocabulary.ts";

/** Headers sent with every export of telemetry, for instance to authenticate. */
export const exportHeaders = list(
  "Headers sent with every export.",
  object("A header.", { name: headerName("Its name."), value: string("Its value.", { minLength: 1, maxLength: 4096 }) }),
  { minItems: 1, maxItems: 32 },
);
