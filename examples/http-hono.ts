/** An app made for the web's own `Request` and `Response` runs as it is: `npx tsx examples/http-hono.ts [port]`. */
import { Hono } from 'hono'
import { serve } from 'wireline/http'

const app = new Hono()
const notes = new Map<string, string>()

app.use(async (context, next) => {
  await next()
  context.header('x-powered-by', 'wireline')
})
app.get('/notes', (context) => context.json(Object.fromEntries(notes)))
app.get('/notes/:name', (context) => {
  const text = notes.get(context.req.param('name'))
  return text === undefined ? context.notFound() : context.text(text)
})
app.put('/notes/:name', async (context) => {
  notes.set(context.req.param('name'), await context.req.text())
  return context.body(null, 204)
})
app.post('/sum', async (context) => {
  const { a, b } = await context.req.json<{ a: number; b: number }>()
  return context.json({ sum: a + b })
})

const server = await serve({ port: Number(process.argv[2] ?? 8080) }, app.fetch)
console.log(`the notes are at ${server.url}notes`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close())
