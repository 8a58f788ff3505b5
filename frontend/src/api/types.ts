// Names for the shapes that the programs' own OpenAPI documents give. No shape
// is written by hand here: `npm run gen` makes the documents' types anew.
import type { components as BenchDocument } from "./bench.gen";
import type { components as CentralDocument } from "./central.gen";
import type { components as TerminalDocument } from "./terminal.gen";

type Terminal = TerminalDocument["schemas"];
export type Act = Terminal["Act"];
export type BatchView = Terminal["BatchView"];
export type Boot = Terminal["Boot"];
export type CounterTicket = Terminal["CounterTicket"];
export type CounterView = Terminal["CounterView"];
export type DeviceView = Terminal["DeviceView"];
export type DisplayCall = Terminal["DisplayCall"];
export type DisplayView = Terminal["DisplayView"];
export type KioskAppointment = Terminal["KioskAppointment"];
export type KioskCase = Terminal["KioskCase"];
export type KioskGroup = Terminal["KioskGroup"];
export type KioskMaterial = Terminal["KioskMaterial"];
export type KioskProgress = Terminal["KioskProgress"];
export type KioskSession = Terminal["KioskSession"];
export type KioskTicket = Terminal["KioskTicket"];
export type KioskView = Terminal["KioskView"];
export type Notice = Terminal["Notice"];
export type PaperView = Terminal["PaperView"];
export type QueueEntry = Terminal["QueueEntry"];
export type StaffName = Terminal["StaffName"];
export type StationMode = Terminal["StationMode"];
export type StationScan = Terminal["StationScan"];
export type StationView = Terminal["StationView"];
export type TripView = Terminal["TripView"];
export type Wait = Terminal["Wait"];
export type WorkItem = Terminal["WorkItem"];

type Central = CentralDocument["schemas"];
export type BookingDay = Central["BookingDay"];
export type BookingInfo = Central["BookingInfo"];
export type BookingItem = Central["BookingItem"];
export type BookingReply = Central["BookingReply"];
export type BookingRequest = Central["BookingRequest"];
export type BookingSlot = Central["BookingSlot"];
export type ManagerTerminal = Central["ManagerTerminal"];
export type ManagerView = Central["ManagerView"];
export type Session = Central["Session"];

type Bench = BenchDocument["schemas"];
export type BenchDevice = Bench["DeviceState"];
export type BenchLine = Bench["LineState"];
export type BenchState = Bench["State"];
export type SampleCard = Bench["Card"];
export type Slip = Bench["Slip"];
