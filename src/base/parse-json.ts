import * as v from 'valibot';

/** JSON as the schema has it, which also says what is left out. Undefined when the text is none, or is something else. */
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
    return undefined; // no JSON, which no schema takes
  }
};
