/**
 * The formats of strings and numbers that our schemas use. Source: k8s.io/apiextensions-apiserver v0.36, pkg/apiserver/validation/formats.go.
 */
import { isIPv4, isIPv6 } from "node:net";
import type { Format } from "ajv";

const dateTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const int32Limit = 2 ** 31;

/** Formats by name. */
export const formats: Readonly<Record<string, Format>> = {
  "date-time": (text: string) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  byte: (text: string) => base64.test(text.replace(/[\r\n]/g, "")),
  ipv4: isIPv4,
  ipv6: (text: string) => isIPv6(text) && !text.includes("%"),
  int32: { type: "number", validate: (value: number) => value >= -int32Limit && value < int32Limit },
  int64: { type: "number", validate: (value: number) => value >= -(2 ** 63) && value < 2 ** 63 },
  float: true,
  double: true,
};
