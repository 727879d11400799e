import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMistake } from "./format-commands.ts";

const accepted = [
  "",
  "100%% sure",
  "%%%DURATION%",
  "%REQ(a)%%RESP(b)%",
  "%REQ(X-A?:PATH):10%",
  "%START_TIME(%Y/%m/%dT%H:%M:%S%z %s)%",
  "%START_TIME()%",
  "%CEL(size(request.path))%",
  "%FILTER_STATE(a.b:FIELD:c)%",
  "%METADATA(LISTENER:a:b)%",
  "%PATH(NQ:ORIG):4%",
  "%GRPC_STATUS(SNAKE_STRING)%",
  "%COMMON_DURATION(DS_RX_BEG:DS_RX_END:ms)%",
  '%COALESCE({"operators":[{"command":"REQ","param":"a"}]}):5%',
];

const refused = [
  "%",
  "100% sure",
  "%REQ",
  "%req(a)%",
  "%DURATION%%",
  "%NO_SUCH_THING%",
  "%REQ%",
  "%REQ()%",
  "%REQ(a?b?c)%",
  "%REQ(a b)%",
  "%REQ(a):x%",
  "%DURATION:5%",
  "%RESPONSE_CODE(a)%",
  "%FILTER_STATE(a:FOO)%",
  "%METADATA(FOO:a)%",
  "%PATH(x)%",
  "%GRPC_STATUS(FOO)%",
  "%COMMON_DURATION(DS_RX_BEG)%",
  "%COALESCE(REQ)%",
];

for (const format of accepted) {
  test(`${JSON.stringify(format)} is a format`, () => assert.equal(formatMistake(format), undefined));
}

for (const format of refused) {
  test(`${JSON.stringify(format)} is none`, () => assert.notEqual(formatMistake(format), undefined));
}

test("a mistake shows where it is, and what to do", () => {
  assert.equal(formatMistake("a 100% b"), '"% b" begins no command; write %% for a percent sign');
  assert.equal(formatMistake("%PROTOCOL% %DURATION:5%"), "%DURATION:5%: DURATION cannot be cut; remove :5");
});
