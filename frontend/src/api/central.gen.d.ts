// Made by "npm run gen" from the OpenAPI document; not edited by hand.
export interface paths {
    "/central/v1/applications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cases of whoever shows a card, to go on with */
        post: operations["applications"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/applications/form": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What was filled in of the form of a case, for whoever shows the card of its owner */
        post: operations["applicationForm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/booking": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Book an appointment */
        post: operations["book"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/booking/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What can be booked, and when */
        get: operations["bookingInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/booking/slots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The slots of an item on a day */
        get: operations["bookingSlots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/booking/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel by phone and code */
        post: operations["cancelBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/cases/{id}/applicant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom a case is for, for a clerk at a counter; audited */
        get: operations["caseApplicant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/cases/{id}/availability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What the departments say they can supply for a case; changes nothing */
        post: operations["caseAvailability"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/cases/{id}/form": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was filled in of a case's form, as far as one's step reads it; audited */
        get: operations["caseForm"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/cases/{id}/opinions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was said in the approval of a case, for whoever has its next step; audited */
        get: operations["caseOpinions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/cases/{id}/words": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What only the sealed parts have of a case's documents, for who prints them at a counter; audited */
        get: operations["caseWords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/appointments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The appointments of the day, without persons */
        get: operations["managerAppointments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The manager's view, pushed whole on every change (event stream) */
        get: operations["managerEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/floor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The plan of the hall, with a place for every window and terminal */
        get: operations["managerFloor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who waits for one service, in the order of calling */
        get: operations["managerGroup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Post a notice on displays and kiosks */
        post: operations["postNotice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/notices/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a posted notice down */
        post: operations["withdrawNotice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/supervision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The cases that are not done, by their lights, and figures of who decides them */
        get: operations["supervision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/supervision/{id}/remind": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remind of a case, as a supervisor */
        post: operations["remindCase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/terminals/{id}/readmit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a terminal in again */
        post: operations["readmitTerminal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/terminals/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shut a terminal out: it is refused until it is let in again */
        post: operations["revokeTerminal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/tickets/{figure}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tickets behind a figure: waiting, serving, done, missed, issued, wait_mean, wait_p90, serve_mean */
        get: operations["managerTickets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/view": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The hall as it is now */
        get: operations["managerView"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/manager/windows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The day of one window */
        get: operations["managerWindow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cases of whoever shows a card, or knows number and query password */
        post: operations["progress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in a member of staff */
        post: operations["signIn"];
        /** End the session */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/central/v1/tickets/{id}/person": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The person of a ticket, for the clerk at whose window it is */
        get: operations["ticketPerson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApplicationsAnswer: {
            cases: components["schemas"]["Case"][];
        };
        ApplicationsQuestion: {
            doc_kind: string;
            doc_no: string;
        };
        Approval: {
            /** Format: int64 */
            at: number;
            by?: string;
            steps?: components["schemas"]["ApprovalStep"][];
        };
        ApprovalStep: {
            /** Format: date-time */
            at: string;
            by: string;
            /** Format: int64 */
            no: number;
            sealed_in?: string;
            status: string;
            /** Format: int64 */
            step: number;
            /** Format: int64 */
            version: number;
        };
        Aside: {
            /** Format: date-time */
            at: string;
            file?: components["schemas"]["File"];
            material: string;
            op: string;
            way: string;
            why: string;
        };
        Ask: {
            /** Format: date-time */
            at: string;
            method: string;
            op: string;
        };
        Attempt: {
            /** Format: date-time */
            asked_at?: string;
            coming?: boolean;
            done_by?: string;
            /** Format: date-time */
            due?: string;
            /** Format: date-time */
            ended_at?: string;
            file?: components["schemas"]["File"];
            late?: boolean;
            method: string;
            /** Format: int64 */
            no: number;
            provisional?: boolean;
            reason?: string;
            state: string;
        };
        Availability: {
            materials: components["schemas"]["MaterialOffers"][];
        };
        BookingDay: {
            day: string;
            provisional: boolean;
            /** Format: int64 */
            weekday: number;
        };
        BookingInfo: {
            area: string;
            days: components["schemas"]["BookingDay"][];
            hall: {
                [key: string]: string;
            };
            items: components["schemas"]["BookingItem"][];
            /** Format: date-time */
            now: string;
            rules: components["schemas"]["BookingRules"];
        };
        BookingItem: {
            group: string;
            hint?: {
                [key: string]: string;
            };
            id: string;
            name: {
                [key: string]: string;
            };
        };
        BookingReply: {
            code: string;
            day: string;
            id: string;
            item: {
                [key: string]: string;
            };
            name: string;
            qr: string;
            qr_svg: string;
            slot: string;
        };
        BookingRequest: {
            day: string;
            doc_kind: string;
            doc_no: string;
            item: string;
            key: string;
            name: string;
            phone: string;
            slot: string;
        };
        BookingRules: {
            /** Format: int64 */
            cancel_hours: number;
            /** Format: int64 */
            early_minutes: number;
            /** Format: int64 */
            late_minutes: number;
            /** Format: int64 */
            max_days_ahead: number;
            /** Format: int64 */
            min_days_ahead: number;
            /** Format: int64 */
            no_show_days?: number;
            /** Format: int64 */
            no_show_limit?: number;
            /** Format: int64 */
            per_person_day: number;
            /** Format: int64 */
            slot_minutes: number;
            slots: string[];
        };
        BookingSlot: {
            end: string;
            /** Format: int64 */
            left: number;
            open: boolean;
            start: string;
            why?: components["schemas"]["Text"];
        };
        CancelRequest: {
            code: string;
            phone: string;
        };
        Case: {
            /** Format: date-time */
            accepted_at?: string;
            accepted_by?: string;
            /** Format: date-time */
            applied_at?: string;
            approval?: components["schemas"]["Approval"];
            area: string;
            asides?: components["schemas"]["Aside"][];
            authority?: string;
            bring?: string[];
            clerk?: string;
            clocks?: components["schemas"]["Clock"][];
            collections?: components["schemas"]["Collection"][];
            /** Format: date-time */
            created_at: string;
            decision?: components["schemas"]["Decision"];
            deemed?: boolean;
            documents?: components["schemas"]["DocumentRef"][];
            due_day?: string;
            /** Format: date-time */
            ended_at?: string;
            /** Format: date-time */
            first_sent_at?: string;
            form?: components["schemas"]["FormFill"][];
            hung?: components["schemas"]["Hanging"];
            id: string;
            item: string;
            /** Format: int64 */
            item_version: number;
            kind: string;
            materials: components["schemas"]["Material"][];
            note?: components["schemas"]["Text"];
            notice_no?: string;
            number?: string;
            origin: string;
            overdue?: boolean;
            provisional?: boolean;
            reason?: string;
            /** Format: date-time */
            received_at?: string;
            records?: components["schemas"]["CaseRecord"][];
            refused_in?: string;
            reminders?: components["schemas"]["Reminder"][];
            resubmit?: boolean;
            result?: string;
            specials?: components["schemas"]["Special"][];
            state: string;
            step_watch?: components["schemas"]["Watch"];
            /** Format: int64 */
            submissions?: number;
            /** Format: date-time */
            submitted_at?: string;
            supplement?: components["schemas"]["Supplement"];
            temp_number?: string;
            terminal: string;
            ticket?: string;
            /** Format: int64 */
            version: number;
            voiding?: components["schemas"]["Voiding"];
            window?: string;
        };
        CaseCertificate: {
            issuer: string;
            name: string;
            no: string;
            until?: string;
        };
        CaseForm: {
            fills: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
        };
        CaseOpinions: {
            said: {
                [key: string]: string;
            };
        };
        CaseRecord: {
            /** Format: date-time */
            at: string;
            /** Format: int64 */
            no: number;
            note?: string;
            sealed_in?: string;
            /** Format: int64 */
            serial?: number;
            staff?: string;
            status?: string;
            /** Format: int64 */
            step?: number;
            /** Format: int64 */
            version?: number;
        };
        CaseWords: {
            certificate?: components["schemas"]["CaseCertificate"];
            collector?: components["schemas"]["TicketPerson"];
            items: {
                [key: string]: string;
            };
            said: {
                [key: string]: string;
            };
            words?: string;
        };
        Clock: {
            due?: string;
            ended?: string;
            /** Format: int64 */
            extra?: number;
            from: string;
            kind: string;
            late?: boolean;
            /** Format: int64 */
            n: number;
            provisional?: boolean;
            /** Format: int64 */
            serial?: number;
            stops?: components["schemas"]["Stop"][];
            unit?: string;
            watch?: components["schemas"]["Watch"];
        };
        Collection: {
            /** Format: date-time */
            at: string;
            by?: string;
            checked?: string;
            doc_kind?: string;
            sealed_in?: string;
            way: string;
            why?: string;
        };
        DaySpan: {
            /** Format: int64 */
            arrived: number;
            begun: boolean;
            /** Format: int64 */
            called: number;
            /** Format: int64 */
            finished: number;
            /** Format: date-time */
            from: string;
            /** Format: int64 */
            wait_p50: number;
            /** Format: int64 */
            wait_p90: number;
        };
        Decision: {
            /** Format: date-time */
            at: string;
            by: string;
            reason?: string;
            result: string;
            sealed_in?: string;
        };
        DeviceFault: {
            code: string;
            severity: string;
            /** Format: date-time */
            since: string;
        };
        DeviceStatus: {
            faults?: components["schemas"]["DeviceFault"][];
            id: string;
            kind: string;
            model: string;
            /** Format: date-time */
            since: string;
            state: string;
        };
        DocumentRef: {
            /** Format: date-time */
            at: string;
            kind: string;
            no: string;
        };
        File: {
            sha256: string;
            /** Format: int64 */
            size: number;
            type: string;
        };
        Floor: {
            areas?: components["schemas"]["FloorArea"][];
            /** Format: double */
            height: number;
            places?: components["schemas"]["FloorPlace"][];
            /** Format: double */
            width: number;
        };
        FloorArea: {
            /** Format: double */
            h: number;
            /** @enum {string} */
            kind: "wall" | "room" | "waiting" | "entrance";
            name?: {
                [key: string]: string;
            };
            /** Format: double */
            w: number;
            /** Format: double */
            x: number;
            /** Format: double */
            y: number;
        };
        FloorPlace: {
            /** Format: double */
            h: number;
            terminal?: string;
            /** Format: double */
            w: number;
            window?: string;
            /** Format: double */
            x: number;
            /** Format: double */
            y: number;
        };
        FormFill: {
            /** Format: date-time */
            at: string;
            by?: string;
            digest: string;
            given: string[];
            sealed_in: string;
            step: string;
        };
        FormQuestion: {
            case: string;
            doc_kind: string;
            doc_no: string;
        };
        Hanging: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string;
        };
        Limit: {
            /** Format: int64 */
            n: number;
            unit: string;
        };
        ManagerAlarm: {
            /** @enum {string} */
            code: "no_window" | "device_fault" | "terminal_offline" | "idle_window" | "wait_long" | "long_service" | "work" | "papers_overdue" | "papers_attention" | "cases_pending" | "recovering" | "rows_lost";
            id?: string;
            /** @enum {string} */
            kind: "window" | "group" | "terminal" | "cases" | "hall";
            params?: {
                [key: string]: string;
            };
            /** @enum {string} */
            severity: "bad" | "warn";
            /** Format: date-time */
            since?: string;
        };
        ManagerAppointment: {
            group: string;
            item: {
                [key: string]: string;
            };
            number?: string;
            slot: string;
            state: string;
        };
        ManagerCase: {
            anomaly: components["schemas"]["Text"][];
            item: {
                [key: string]: string;
            };
            number: string;
            /** Format: date-time */
            submitted?: string;
            summary: string;
        };
        ManagerCaseCount: {
            /** Format: int64 */
            count: number;
            state: string;
        };
        ManagerCases: {
            attention: components["schemas"]["ManagerPaper"][];
            counts: components["schemas"]["ManagerCaseCount"][];
            departments: components["schemas"]["ManagerDepartmentWork"][];
            export?: components["schemas"]["ManagerExport"];
            papers: components["schemas"]["ManagerPapers"];
            pending: components["schemas"]["ManagerCase"][];
            trips: components["schemas"]["ManagerTrip"][];
        };
        ManagerDepartmentWork: {
            id: string;
            name: {
                [key: string]: string;
            };
            /** Format: int64 */
            open: number;
            /** Format: int64 */
            overdue: number;
        };
        ManagerEvent: {
            /** Format: date-time */
            at: string;
            text: components["schemas"]["Text"];
        };
        ManagerExport: {
            reason?: string;
            record?: string;
            /** Format: int64 */
            refused: number;
            /** Format: int64 */
            sent: number;
            /** @enum {string} */
            trouble?: "unreachable" | "no_answer" | "refused" | "wrong_answer" | "folder" | "unreadable";
            /** Format: int64 */
            waiting: number;
        };
        ManagerFloor: {
            floor: components["schemas"]["Floor"];
            plan: string;
        };
        ManagerGroup: {
            /** Format: int64 */
            done: number;
            id: string;
            /** Format: int64 */
            longest: number;
            name: {
                [key: string]: string;
            };
            /** Format: int64 */
            open: number;
            prefix: string;
            /** Format: int64 */
            serving: number;
            /** Format: int64 */
            wait_mean: number;
            /** Format: int64 */
            waiting: number;
        };
        ManagerGroupDay: {
            group: components["schemas"]["ManagerGroup"];
            waiting: components["schemas"]["ManagerTicket"][];
            windows: string[];
        };
        ManagerNotice: {
            /** Format: date-time */
            from?: string;
            id: string;
            on: string[];
            priority: string;
            /** @enum {string} */
            source: "files" | "posted";
            /** @enum {string} */
            state: "now" | "later";
            text: {
                [key: string]: string;
            };
            /** Format: date-time */
            until?: string;
        };
        ManagerNotices: {
            /** Format: int64 */
            left: number;
            list: components["schemas"]["ManagerNotice"][];
            /** Format: int64 */
            longest: number;
        };
        ManagerPaper: {
            custody: string;
            department: string;
            material: string;
            name?: {
                [key: string]: string;
            };
            number: string;
            paper: string;
            /** Format: date-time */
            since?: string;
        };
        ManagerPapers: {
            /** Format: int64 */
            at_counter: number;
            /** Format: int64 */
            attention: number;
            /** Format: int64 */
            disputed: number;
            /** Format: int64 */
            in_transit: number;
            /** Format: int64 */
            overdue: number;
            /** Format: int64 */
            unverified: number;
            /** Format: int64 */
            waiting: number;
        };
        ManagerRatings: {
            levels: number[];
            /** Format: int64 */
            not_rated: number;
        };
        ManagerStaffDay: {
            /** Format: int64 */
            done: number;
            /** Format: date-time */
            first?: string;
            /** Format: date-time */
            last?: string;
            name: string;
            /** Format: int64 */
            serve_mean: number;
        };
        ManagerTerminal: {
            department?: string;
            devices: components["schemas"]["DeviceStatus"][];
            id: string;
            /** Format: int64 */
            issued: number;
            leased?: {
                [key: string]: number;
            };
            /** Format: int64 */
            nth: number;
            online: boolean;
            /** Format: int64 */
            outbox: number;
            place?: {
                [key: string]: string;
            };
            /** Format: date-time */
            revoked_at?: string;
            role: string;
            /** Format: date-time */
            seen_at?: string;
            /** @enum {string} */
            state: "ok" | "warn" | "fault" | "offline" | "revoked";
            version: string;
            window?: string;
            /** Format: int64 */
            work: number;
        };
        ManagerTicket: {
            /** Format: date-time */
            called?: string;
            /** Format: int64 */
            calls: number;
            class: string;
            /** Format: date-time */
            done?: string;
            group: string;
            /** Format: date-time */
            issued: string;
            item?: {
                [key: string]: string;
            };
            number: string;
            offline?: boolean;
            /** Format: int64 */
            serve: number;
            /** Format: date-time */
            served?: string;
            slot?: string;
            staff?: string;
            state: string;
            /** Format: int64 */
            wait: number;
            why?: components["schemas"]["Text"];
            window?: string;
        };
        ManagerTickets: {
            tickets: components["schemas"]["ManagerTicket"][];
            /** Format: int64 */
            total: number;
        };
        ManagerTotals: {
            /** Format: int64 */
            booked: number;
            /** Format: int64 */
            checked_in: number;
            /** Format: int64 */
            done: number;
            /** Format: int64 */
            idle_with_waiting: number;
            /** Format: int64 */
            issued: number;
            /** Format: int64 */
            missed: number;
            /** Format: int64 */
            serve_mean: number;
            /** Format: int64 */
            serving: number;
            /** Format: int64 */
            wait_mean: number;
            /** Format: int64 */
            wait_p90: number;
            /** Format: int64 */
            waiting: number;
        };
        ManagerTrip: {
            department: string;
            id: string;
            /** Format: int64 */
            missing: number;
            name?: {
                [key: string]: string;
            };
            /** Format: int64 */
            papers: number;
            /** Format: date-time */
            sent?: string;
        };
        ManagerView: {
            alarms: components["schemas"]["ManagerAlarm"][];
            cases: components["schemas"]["ManagerCases"];
            closed?: components["schemas"]["Text"];
            day: string;
            groups: components["schemas"]["ManagerGroup"][];
            hall: {
                [key: string]: string;
            };
            notices: components["schemas"]["ManagerNotices"];
            /** Format: date-time */
            now: string;
            open: boolean;
            plan: string;
            ratings: components["schemas"]["ManagerRatings"];
            recent: components["schemas"]["ManagerEvent"][];
            /** Format: int64 */
            rev: number;
            series: components["schemas"]["DaySpan"][];
            terminals: components["schemas"]["ManagerTerminal"][];
            totals: components["schemas"]["ManagerTotals"];
            windows: components["schemas"]["ManagerWindow"][];
        };
        ManagerWindow: {
            /** @enum {string} */
            alert?: "idle" | "long";
            /** Format: int64 */
            done: number;
            groups: string[];
            id: string;
            name: {
                [key: string]: string;
            };
            number?: string;
            /** Format: date-time */
            since?: string;
            staff?: string;
            /** @enum {string} */
            state: "closed" | "open" | "paused" | "called" | "serving";
            terminal?: string;
            /** Format: int64 */
            waiting: number;
        };
        ManagerWindowDay: {
            ratings: components["schemas"]["ManagerRatings"];
            /** Format: int64 */
            serve_mean: number;
            staff: components["schemas"]["ManagerStaffDay"][];
            tickets: components["schemas"]["ManagerTicket"][];
            /** Format: int64 */
            wait_mean: number;
            window: components["schemas"]["ManagerWindow"];
        };
        Material: {
            ask?: components["schemas"]["Ask"];
            attempts?: components["schemas"]["Attempt"][];
            code: string;
            failed?: boolean;
            key: string;
            required?: boolean;
            state: string;
        };
        MaterialOffers: {
            key: string;
            offers: components["schemas"]["Offer"][];
        };
        Me: {
            acts: components["schemas"]["SessionAct"][];
            /** Format: date-time */
            expires: string;
            id: string;
            name: string;
            roles: string[];
            staff: string;
            windows?: string[];
        };
        NoticeRequest: {
            displays: boolean;
            from?: string;
            key: string;
            kiosks: boolean;
            text: {
                [key: string]: string;
            };
            until?: string;
            urgent: boolean;
        };
        Offer: {
            /** @enum {string} */
            answer: "yes" | "no" | "failed";
            method: string;
        };
        Problem: {
            code: string;
            params?: {
                [key: string]: string;
            };
            /** Format: int64 */
            status: number;
        };
        ProgressAnswer: {
            cases: components["schemas"]["ProgressCase"][];
        };
        ProgressCase: {
            /** Format: date-time */
            accepted?: string;
            anomaly: components["schemas"]["Text"][];
            /** Format: date-time */
            applied?: string;
            due_day?: string;
            id: string;
            item: {
                [key: string]: string;
            };
            materials: components["schemas"]["ProgressMaterial"][];
            next: components["schemas"]["Text"];
            number: string;
            online?: boolean;
            /** Format: date-time */
            since?: string;
            state: string;
        };
        ProgressMaterial: {
            bring?: boolean;
            fault?: string;
            name: {
                [key: string]: string;
            };
            original?: boolean;
            state: string;
        };
        ProgressQuestion: {
            doc_kind?: string;
            doc_no?: string;
            number?: string;
            password?: string;
        };
        RemindRequest: {
            words: string;
        };
        Reminder: {
            /** Format: date-time */
            at: string;
            by: string;
            /** Format: int64 */
            days?: number;
            kind: string;
            /** Format: int64 */
            no: number;
            turn: string;
            words?: string;
        };
        Session: {
            /** Format: date-time */
            expires: string;
            id: string;
            name: string;
            roles: string[];
            staff: string;
            token: string;
        };
        SessionAct: {
            /** @enum {string} */
            act: "postNotice" | "withdrawNotice" | "revokeTerminal" | "readmitTerminal" | "remindCase";
            why?: components["schemas"]["Text"];
        };
        SignIn: {
            password: string;
            staff: string;
            terminal?: string;
        };
        Special: {
            approver: string;
            /** Format: date-time */
            at: string;
            /** Format: date-time */
            ended_at?: string;
            ended_by?: string;
            expect: components["schemas"]["Limit"];
            expect_day?: string;
            kind: string;
            name?: string;
            provisional?: boolean;
            reason: string;
            result?: string;
            result_sealed_in?: string;
            sealed_in?: string;
            /** Format: int64 */
            serial: number;
            stops?: boolean;
        };
        Stop: {
            from: string;
            to?: string;
        };
        SupervisedCase: {
            department?: {
                [key: string]: string;
            };
            id: string;
            item: {
                [key: string]: string;
            };
            number: string;
            /** Format: int64 */
            reminded: number;
            role: string;
            staff?: string;
            stage: string;
            step?: components["schemas"]["SupervisedClock"];
            /** @enum {string} */
            unit: "window" | "office" | "applicant";
            whole?: components["schemas"]["SupervisedClock"];
            why?: components["schemas"]["Text"];
            window?: string;
        };
        SupervisedClock: {
            due?: string;
            kind: string;
            /** Format: int64 */
            left: number;
            /** @enum {string} */
            light: "green" | "yellow" | "red" | "paused";
            /** Format: int64 */
            of: number;
            provisional: boolean;
            /** Format: int64 */
            used: number;
        };
        SupervisedLights: {
            /** Format: int64 */
            green: number;
            /** Format: int64 */
            paused: number;
            /** Format: int64 */
            red: number;
            /** Format: int64 */
            yellow: number;
        };
        SupervisedUnit: {
            /** Format: double */
            days: number;
            /** Format: int64 */
            done: number;
            id: string;
            name?: {
                [key: string]: string;
            };
            /** Format: int64 */
            on_time: number;
            /** Format: int64 */
            open: number;
            /** Format: double */
            promised: number;
            /** Format: int64 */
            red: number;
            /** Format: int64 */
            reminded: number;
            /** Format: int64 */
            yellow: number;
        };
        Supervision: {
            after?: string;
            cases: components["schemas"]["SupervisedLights"];
            day: string;
            departments: components["schemas"]["SupervisedUnit"][];
            items: components["schemas"]["SupervisedUnit"][];
            lines: components["schemas"]["SupervisedCase"][];
            /** Format: int64 */
            longest: number;
            may_remind: boolean;
            period: string;
            stages: string[];
            steps: components["schemas"]["SupervisedLights"];
        };
        Supplement: {
            /** Format: date-time */
            at: string;
            by: string;
            items: components["schemas"]["SupplementItem"][];
            pre_review?: boolean;
            /** Format: date-time */
            received_at?: string;
            sealed_in?: string;
        };
        SupplementItem: {
            fault: string;
            material: string;
        };
        Text: {
            code: string;
            params?: {
                [key: string]: string;
            };
        };
        TicketPerson: {
            doc_kind: string;
            doc_no: string;
            name: string;
            phone?: string;
        };
        Voiding: {
            /** Format: date-time */
            at: string;
            by: string;
            reason: string;
            sealed_in?: string;
        };
        Watch: {
            /** Format: int64 */
            serial?: number;
            /** Format: int64 */
            told?: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    applications: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplicationsQuestion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationsAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    applicationForm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FormQuestion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseForm"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    book: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BookingRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingReply"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    bookingInfo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingInfo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    bookingSlots: {
        parameters: {
            query: {
                item: string;
                day: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingSlot"][];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelBooking: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelRequest"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    caseApplicant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketPerson"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    caseAvailability: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Availability"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    caseForm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseForm"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    caseOpinions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseOpinions"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    caseWords: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseWords"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    managerAppointments: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerAppointment"][];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    managerEvents: {
        parameters: {
            query?: never;
            header?: {
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description event: view, id: <rev>, data: ManagerView; event: ping every 5 s */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ManagerView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    managerFloor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerFloor"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    managerGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerGroupDay"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postNotice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoticeRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawNotice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    supervision: {
        parameters: {
            query?: {
                light?: "green" | "yellow" | "red" | "paused";
                /** @description which light; the case's when left out */
                of?: "case" | "step";
                department?: string;
                stage?: string;
                after?: string;
                period?: "year" | "month";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Supervision"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remindCase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RemindRequest"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readmitTerminal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeTerminal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    managerTickets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                figure: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerTickets"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    managerView: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    managerWindow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagerWindowDay"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    progress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProgressQuestion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProgressAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ticketPerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketPerson"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
