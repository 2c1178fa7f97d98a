import * as v from 'valibot';

/**
 * The JSON of a text as the schema wants it; other keys are left out. Undefined when the text is no JSON, or not what the
 * schema wants.
 */
export const parseJson = <const Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): v.InferOutput<Schema> | undefined => {
  const parsed = v.safeParse(schema, parse(text));
  return parsed.success ? parsed.output : undefined;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the text is no JSON
  }
};
