/** Fastify, which stands on Node's server. */
import { fastify } from 'fastify'
import { announce, HELLO, JSON_TYPE, LARGE, TEXT } from './answers.ts'

const app = fastify()
app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.get('/', (_request, reply) => reply.type(TEXT).send(HELLO))
app.get('/large', (_request, reply) => reply.type(TEXT).send(LARGE))
app.post('/echo', (request, reply) => reply.type(JSON_TYPE).send(request.body))
const url = await app.listen({ port: 0, host: '127.0.0.1' })
announce(Number(new URL(url).port))
