/** The note network in a process of its own, to be killed. `node notes-process.ts <folder>` */
import { startSandbox } from '../start.ts'
import { noteNetwork } from './note-network.ts'

const { url } = await startSandbox({ folder: process.argv[2] as string, simulators: [noteNetwork] })
console.log(JSON.stringify({ sandbox: url }))
