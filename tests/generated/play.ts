// One job of each dialect by the generated TypeScript client: node build/play.js URL PASSWORD

import createClient from "openapi-fetch";

import type { components, paths } from "./helpdesk.js";

declare const process: { argv: string[] };

const [, , url = "", password = ""] = process.argv;

function client(authorization?: string) {
  return createClient<paths>({ baseUrl: url, ...(authorization && { headers: { Authorization: authorization } }) });
}

function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

function equal<T>(found: T, expected: T): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
  }
}

async function playUploadTickets(): Promise<void> {
  const signedIn = await client().POST("/api-token-auth/", { body: { username: "admin", password } });
  const api = client(`Token ${must(signedIn).token}`);

  const ticket = must(await api.POST("/api/tickets/", { body: { limit: 1 } }));
  if ("followup_set" in ticket) throw new Error("not an upload ticket");
  equal(ticket.status, "PENDING");

  const number = Number(ticket.url.split("/").at(-2));
  // A form with a file is no JSON: the types know the fields, the serializer makes the parts.
  const form = new FormData();
  form.append("ticket", String(number));
  form.append("file", new Blob(["not much of a picture"], { type: "image/png" }), "image2.png");
  const sent = must(
    await api.POST("/api/files/", { body: { ticket: number, file: "" }, bodySerializer: () => form }),
  );
  equal(sent, { file: "/media/upload/admin/image2.png", ticket: number });

  const complete = must(await api.GET("/api/tickets/{ticket_id}/", { params: { path: { ticket_id: number } } }));
  equal(complete, { ...ticket, status: "COMPLETED", files: [sent] });
}

async function playDjangoHelpdesk(): Promise<void> {
  const api = client(`Basic ${btoa(`admin:${password}`)}`);
  const body: components["schemas"]["SupportTicketIn"] = { queue: 1, title: "Printer on fire", priority: 1 };
  const ticket = must(await api.POST("/api/tickets/", { body }));
  if (!("followup_set" in ticket)) throw new Error("not a support ticket");
  equal([ticket.title, ticket.priority, ticket.followup_set.length], ["Printer on fire", 1, 1]);

  const refused = await api.POST("/api/tickets/", { body: { queue: 999, title: "Printer on fire" } });
  equal(refused.error, { queue: ['Invalid pk "999" - object does not exist.'] });
}

async function playFlicket(): Promise<void> {
  const token = must(await client(`Basic ${btoa(`admin:${password}`)}`).POST("/flicket-api/tokens")).token;
  const api = client(`Bearer ${token}`);
  const ticket = must(
    await api.POST("/flicket-api/tickets", {
      body: { title: "this is my ticket", content: "*help*", category_id: 1, ticket_priority_id: 3 },
    }),
  );
  const page = must(await api.GET("/flicket-api/tickets/", { params: { query: { status: "Open", sort: "ticketid_desc" } } }));
  equal(page.items[0]?.title, ticket.title);

  const missing = await api.GET("/flicket-api/ticket/{ticket_id}", { params: { path: { ticket_id: 1_000_000 } } });
  equal(missing.error?.error, "Not Found");
}

await playUploadTickets();
await playDjangoHelpdesk();
await playFlicket();
