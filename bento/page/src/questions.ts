/** What can be asked, as the service says it in its OpenAPI document. */

import { json, type Values } from "./service";

export interface Field {
  name: string;
  about: string;
  kind: "file" | "table" | "number" | "integer" | "boolean" | "text";
  required: boolean;
  minimum?: number;
  maximum?: number;
  initial?: unknown;
  pattern?: string;
  /** About the answer, not the question. */
  answer: boolean;
  /** Of a table. */
  columns: Field[];
}

export interface Model {
  name: string;
  version: string;
  verdict: string;
  baseline_verdict: string;
}

export interface Question {
  route: string;
  summary: string;
  details: string;
  fields: Field[];
  example: Values;
  /** Null if nobody answers it here. */
  model: Model | null;
}

interface Schema {
  anyOf?: Schema[];
  $ref?: string;
  type?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  default?: unknown;
  pattern?: string;
  contentMediaType?: string;
  "x-answer"?: boolean;
}

interface Document {
  paths: Record<string, { post?: Operation }>;
  components: { schemas: Record<string, Schema> };
}

interface Operation {
  summary: string;
  description: string;
  requestBody: { content: Record<string, { schema: Schema; example?: Values }> };
}

interface Systems {
  systems: { endpoints: string[]; model: Model | null }[];
}

/** Every question, those that a model answers first. */
export async function questions(): Promise<Question[]> {
  const [{ systems }, document] = await Promise.all([
    json<Systems>("/models"),
    json<Document>("/docs.json"),
  ]);
  const found = systems.flatMap(({ endpoints, model }) =>
    endpoints.map((address): Question => {
      const { summary, description, requestBody } = document.paths[address]!.post!;
      const form = requestBody.content["multipart/form-data"]!;
      const example = requestBody.content["application/json"]?.example ?? form.example ?? {};
      const fields = fieldsOf(form.schema, document).filter(({ name }) => name !== "format");
      const route = address.slice(1);
      return { route, summary, details: description, fields, example, model };
    }),
  );
  return [...found.filter(({ model }) => model), ...found.filter(({ model }) => !model)];
}

function fieldsOf(schema: Schema, document: Document): Field[] {
  return Object.entries(schema.properties ?? {}).map(([name, given]) => {
    const own = resolved(given, document);
    const items = own.items && resolved(own.items, document);
    return {
      name,
      about: given.description ?? own.description ?? "",
      kind: kindOf(own),
      required: schema.required?.includes(name) ?? false,
      minimum: own.minimum ?? own.exclusiveMinimum,
      maximum: own.maximum,
      initial: given.default ?? undefined,
      pattern: own.pattern,
      answer: given["x-answer"] ?? false,
      columns: items ? fieldsOf(items, document) : [],
    };
  });
}

/** A schema without "or null", and without a reference. */
function resolved(schema: Schema, document: Document): Schema {
  const own = schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
  const name = own.$ref?.split("/").pop();
  return name ? document.components.schemas[name]! : own;
}

function kindOf({ type, contentMediaType }: Schema): Field["kind"] {
  if (contentMediaType) return "file";
  if (type === "array") return "table";
  return type === "number" || type === "integer" || type === "boolean" ? type : "text";
}
