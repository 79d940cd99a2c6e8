/** The load of HTTP servers: wrk, which keeps 64 connections busy from a single thread. */
import { runLoad } from '../../processes.ts'

/** A script of this folder's; the compiler copies none, so they are found from where the benchmarks are started. */
export type Load = 'pipelined.lua' | 'echo.lua'

/** Requests a second. Throws where a single one failed, or took ten seconds. */
export async function wrk(url: string, seconds: number, load?: Load): Promise<number> {
  const script = load === undefined ? [] : ['-s', `bench/http/loads/${load}`]
  const whole = Math.max(1, Math.round(seconds))
  const output = await runLoad('wrk', ['-t1', '-c64', `-d${whole}s`, '--timeout', '10s', ...script, url])
  const rate = Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1])
  if (!(rate > 0) || /Socket errors|Non-2xx/.test(output)) throw new Error(`wrk ${url}:\n${output}`)
  return rate
}
