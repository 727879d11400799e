/** The body of a good answer. Throws with what a bad one says. */
export function successful(status: number, body: string, url: string): string {
  // The first line says what is wrong; what follows lists what there is.
  if (status < 200 || status >= 300) throw new Error(body.split("\n")[0] || `${url} answers ${status}`);
  return body;
}
