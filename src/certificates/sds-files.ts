/**
 * The files from which Envoy takes its side of the xDS channel: SDS over the file system, so that renewed certificates are taken
 * without a restart. Envoy watches the folder of the certificates.
 */
import { certificatePaths } from "./certificate-files.ts";

const secretType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/** The names of the secrets, as the bootstrap refers to them. */
export const sdsNames = { certificate: "xds_certificate", trustedCa: "xds_trusted_ca" } as const;

/** The names of the files that hold them. */
export const sdsFileNames = { certificate: "xds-certificate.json", trustedCa: "xds-trusted-ca.json" } as const;

/** The content of both files, for the certificate files in `directory` (`tls.crt`, `tls.key`, `ca.crt`; an absolute path as Envoy sees it). */
export function sdsFileContents(directory: string): { readonly certificate: string; readonly trustedCa: string } {
  const paths = certificatePaths(directory);
  const certificate = {
    certificate_chain: { filename: paths.certificate },
    private_key: { filename: paths.key },
    watched_directory: { path: directory },
  };
  const trustedCa = {
    trusted_ca: { filename: paths.ca },
    watched_directory: { path: directory },
    match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "envoy-gateway" } }],
  };
  return {
    certificate: secretFile({ name: sdsNames.certificate, tls_certificate: certificate }),
    trustedCa: secretFile({ name: sdsNames.trustedCa, validation_context: trustedCa }),
  };
}

/** A DiscoveryResponse with one Secret, in protobuf JSON. */
function secretFile(secret: object): string {
  return `${JSON.stringify({ resources: [{ "@type": secretType, ...secret }] })}\n`;
}
