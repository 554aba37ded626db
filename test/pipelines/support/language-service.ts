import * as service from 'azure-pipelines-language-service';
import { SCHEMA } from './schema.ts';

/** What the language service of Azure Pipelines has against a file. */
export async function complaintsAbout(name: string, text: string): Promise<readonly string[]> {
  const log = console.log;
  console.log = () => undefined; // the library tells its steps there
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the service takes this one only
    const { getLanguageService, parse, TextDocument } = service;
    const validator = getLanguageService(
      () => Promise.resolve(SCHEMA),
      [],
      () => Promise.resolve('schema:pipelines'),
    );
    const document = TextDocument.create(`file:///${name}`, 'yaml', 1, text);
    const found = await validator.doValidation(document, parse(text));
    return found.map(({ message, range }) => {
      const text = typeof message === 'string' ? message : message.value;
      return `line ${range.start.line + 1}: ${text}`;
    });
  } finally {
    console.log = log;
  }
}
