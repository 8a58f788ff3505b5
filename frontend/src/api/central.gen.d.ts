// Made by "npm run gen" from the OpenAPI document; not edited by hand.
export interface paths {
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
        ManagerGroup: {
            /** Format: int64 */
            done: number;
            id: string;
            /** Format: int64 */
            longest: number;
            name: {
                [key: string]: string;
            };
            prefix: string;
            /** Format: int64 */
            serving: number;
            /** Format: int64 */
            wait_mean: number;
            /** Format: int64 */
            waiting: number;
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
        ManagerTerminal: {
            devices: components["schemas"]["DeviceStatus"][];
            id: string;
            leased?: {
                [key: string]: number;
            };
            online: boolean;
            /** Format: int64 */
            outbox: number;
            role: string;
            /** Format: date-time */
            seen_at?: string;
            version: string;
            /** Format: int64 */
            work: number;
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
            cases: components["schemas"]["ManagerCases"];
            day: string;
            groups: components["schemas"]["ManagerGroup"][];
            hall: {
                [key: string]: string;
            };
            /** Format: date-time */
            now: string;
            ratings: components["schemas"]["ManagerRatings"];
            recent: components["schemas"]["ManagerEvent"][];
            /** Format: int64 */
            rev: number;
            terminals: components["schemas"]["ManagerTerminal"][];
            totals: components["schemas"]["ManagerTotals"];
            windows: components["schemas"]["ManagerWindow"][];
        };
        ManagerWindow: {
            /** Format: int64 */
            done: number;
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
        };
        MaterialOffers: {
            key: string;
            offers: components["schemas"]["Offer"][];
        };
        Me: {
            /** Format: date-time */
            expires: string;
            id: string;
            name: string;
            roles: string[];
            staff: string;
            windows?: string[];
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
            item: {
                [key: string]: string;
            };
            materials: components["schemas"]["ProgressMaterial"][];
            next: components["schemas"]["Text"];
            number: string;
            /** Format: date-time */
            since?: string;
            state: string;
        };
        ProgressMaterial: {
            name: {
                [key: string]: string;
            };
            state: string;
        };
        ProgressQuestion: {
            doc_kind?: string;
            doc_no?: string;
            number?: string;
            password?: string;
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
        SignIn: {
            password: string;
            staff: string;
            terminal?: string;
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
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
