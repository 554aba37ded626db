/** The digest that a build has printed; throws when it has not. */
export function imageDigest(image: string, printed: string): string {
  const [digest] = /sha256:[0-9a-f]{64}/.exec(printed) ?? [];
  if (digest === undefined)
    throw new Error(`The build of ${image} has told no digest: '${printed}'`);
  return digest;
}
