import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("slashes are dealt with as asked for", () => {
  const { proxy } = listenerWith({ path: { disableMergeSlashes: true, escapedSlashesAction: "RejectRequest" } });
  assert.equal(proxy.merge_slashes ?? false, false);
  assert.equal(proxy.path_with_escaped_slashes_action, "REJECT_REQUEST");
  const { proxy: preset } = listenerWith({ path: {} });
  assert.equal(preset.merge_slashes, true);
  assert.equal(preset.path_with_escaped_slashes_action, "UNESCAPE_AND_REDIRECT");
});
