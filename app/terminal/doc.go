// Package terminal is what each role of a terminal can do, as use-cases over
// the store, the devices and the line to the centre: the kiosk (取号机), the
// counter (综合窗口), the station (签出签入), the display (显示屏) and the
// evaluator's screen (评价屏), which has no store and no devices.
//
// Guarantees:
//   - durable first: a number is spent, an operation and its print job are on
//     disk in one transaction before anything is shown as done, printed or spoken
//     (design §2 rule 1);
//   - a claim (call next, finish …) is shown as done only after its verdict; an
//     act waits for it a bounded time, then it is shown as pending;
//   - no number is spent while the printer could not print it: asked when the
//     page is drawn, and again right before the number is spent;
//   - what a card says stays in the memory of the session and leaves it only
//     sealed, inside an operation; at the end of the session the bytes of the card
//     and of a code are overwritten and every text is let go of (Go's strings
//     cannot be overwritten: their memory is free from then on, and is used
//     again in its time), and two persons are never mixed (requirements G5;
//     standards §9);
//   - a scan of a paper's label is on disk before it is shown, is shown at once as
//     pending, and never waits for the verdict, the print or the line of another;
//     what the rules can tell without the writer is told at the scan, and what
//     they cannot corrects itself when the verdict comes (requirements G1.7, G1.8);
//   - a device that is configured wrongly is shown as failed, with its fault, and
//     keeps nothing else from working (requirements F1);
//   - a rating is a key that was pressed, or «not rated»: never a default, never
//     shown to the clerk (requirements G9; standards §6);
//   - a call is spoken once, also across a restart, in the hall's languages, and
//     announcements never overlap; one waits for its turn as long as its ticket
//     is called (requirements G5);
//   - a key of a caller does what the button on the screen does, with the same
//     guards, and its refusal is shown there.
//
// The clerk's desk (办件, files desk*.go) adds:
//   - the applicant belongs to the ticket in hand: when that goes, by finishing,
//     holding, transfer, sign-out or the end of the session, the person and the
//     case leave the desk and the page; another clerk's applicant is known only
//     while the case is in hand;
//   - a file is on disk, encrypted, before it is shown; of one that broke off
//     nothing is left; a preview keeps nothing;
//   - what a clerk presses counts for the version of the case that the page
//     showed; a clerk who was second sees the fresh case and a sentence
//     (requirements G1.6);
//   - pages that are captured for a material (扫描、拍摄, files capture*.go) are in
//     memory only, one session at a time, and are overwritten when they were handed
//     in or given up, when the case leaves the hand, at the sign-out and after ten
//     minutes without an act; a device that goes away takes none of them with it; the
//     document of them is handed in as any other file, or they are still there;
//   - asking departments (帮我传) changes nothing; a choice does, once they have
//     answered (requirements G1.3);
//   - a paper whose outcome nobody knows is never printed again by itself, and
//     what may have come out before is marked 补打;
//   - what a clerk has typed and not sent is kept here, encrypted, bound to the
//     clerk and the ticket, through a lost line, a page that was loaded again and
//     a dead program; it is erased when it was sent, and leaves with the person;
//   - what came of every card and code is told, also when it is the same again;
//   - whoever's card was read, their cases that are not accepted yet are there to
//     take up; what was typed is no proof, and nothing is looked up for it
//     (requirements C-14).
//
// An application at the kiosk (申办, files kiosk_apply*.go) adds:
//   - a kiosk follows no cases: the session holds the case as the centre tells it to
//     whoever's card was read, and what was done here since, by the same rules; it
//     asks again only when all of that has its verdict, so that nothing is in it
//     twice; all of it is wiped with the session;
//   - the id of a case is chosen once, a draft of the same item goes on, and whatever
//     is pressed twice or cut off happens once (requirements E-26);
//   - without the line pages are handed in and an application with an owned number
//     is made; a department is asked, and a choice or a case taken back, with the
//     line only (requirements G1.8);
//   - the query password is on the first slip and nowhere else (requirements E-30,
//     M17).
//
// Expects: a Store whose World is the confirmed replica under the overlay, and
// device drivers that report their own state. No business rule lives here that
// package hall could decide.
//
// Source: requirements A4, F2, G1.5–G1.8, G2.2, G5, G9, F1; standards §6, §8, §9; design §2, §4, §5.
package terminal
