/** The objects of an installation: what the chart gateway-helm makes of values. */
import { builtKinds } from "../api/kinds.ts";
import { customResourceDefinition } from "../api/schema/crd.ts";
import type { Kind } from "../api/schema/kind.ts";
import { parseYamlDocuments } from "./documents.ts";
