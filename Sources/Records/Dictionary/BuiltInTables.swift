/// The tables that every hub has from the start.
enum BuiltInTables {
    static let all: [TableDraft] = [leaver, incident]

    /// Who leaves the organisation; what the flow `offboard-leaver` starts from.
    static let leaver = TableDraft(
        name: "hr_leaver", label: "Leaver", application: "global",
        rights: TableRights(
            create: ["hr_leaver_writer"], read: ["hr_leaver_reader", "hr_leaver_writer"],
            write: ["hr_leaver_writer"], delete: ["hr_leaver_admin"]),
        fields: [
            RecordColumn("name", "Name", maxLength: 100, isMandatory: true),
            RecordColumn("email", "Email", maxLength: 254, isMandatory: true),
            RecordColumn("employee_number", "Employee number", maxLength: 40),
            RecordColumn("manager", "Manager", maxLength: 100),
            RecordColumn("last_day", "Last day", .date),
            RecordColumn(
                "status", "Status", .choice, maxLength: 40, isMandatory: true,
                choices: ["leaving", "done", "needs_attention"]),
            RecordColumn("notes", "Notes", maxLength: 4_000),
        ])

    /// A disturbance somebody looks into.
    static let incident = TableDraft(
        name: "incident", label: "Incident", application: "global",
        rights: TableRights(
            create: ["incident_writer"], read: ["incident_reader", "incident_writer"],
            write: ["incident_writer"], delete: ["incident_admin"]),
        fields: [
            RecordColumn("number", "Number", maxLength: 40, isIndexed: true),
            RecordColumn("short_description", "Short description", maxLength: 160, isMandatory: true),
            RecordColumn("description", "Description", maxLength: 4_000),
            RecordColumn(
                "state", "State", .choice, maxLength: 40,
                choices: ["new", "in_progress", "on_hold", "resolved", "closed", "canceled"]),
            RecordColumn(
                "priority", "Priority", .choice, maxLength: 40, choices: ["critical", "high", "moderate", "low"]),
            .reference("caller_id", "Caller", to: "sys_user", isIndexed: true),
            .reference("assigned_to", "Assigned to", to: "sys_user", isIndexed: true),
            .reference("assignment_group", "Assignment group", to: "sys_user_group"),
        ])
}
