import Core
import Ports
import TestSupport
import Testing

@testable import Records

/// A query, and the employee numbers of the records it finds, in order.
struct QueryRow: Sendable, CustomTestStringConvertible {
    let query: String
    let finds: [String]
    init(_ query: String, _ finds: [String]) {
        self.query = query
        self.finds = finds
    }
    var testDescription: String { query }
}

private let people: [JSONObject] = [
    ["employee_number": "1", "name": "Anna", "status": "leaving", "manager": "Zoe", "last_day": "2026-11-30"],
    ["employee_number": "2", "name": "anton", "status": "done", "manager": "Zoe", "last_day": "2026-12-31"],
    ["employee_number": "3", "name": "' OR 1=1 --", "status": "done"],
    ["employee_number": "4", "name": "100% sure_thing", "status": "needs_attention"],
    ["employee_number": "5", "name": "back\\slash", "status": "leaving", "manager": "Yan"],
    ["employee_number": "6", "name": "Jose\u{301}", "status": "leaving"],
    ["employee_number": "7", "name": "Jos\u{E9}", "status": "leaving"],
    ["employee_number": "8", "name": "🦊 Fox, the", "status": "leaving"],
    ["employee_number": "9", "name": "ÄRGER", "status": "done"],
]

private let rows: [QueryRow] = [
    QueryRow("name=Anna", ["1"]),
    QueryRow("name=anna", []),
    QueryRow("status!=leaving", ["2", "3", "4", "9"]),
    QueryRow("statusINdone,needs_attention", ["2", "3", "4", "9"]),
    QueryRow("nameLIKEAN", ["1", "2"]),
    QueryRow("nameSTARTSWITHan", ["1", "2"]),
    QueryRow("nameSTARTSWITHnn", []),
    QueryRow("nameLIKEnn", ["1"]),
    QueryRow("nameLIKEärger", ["9"]),
    QueryRow("status=leaving^manager=Yan", ["5"]),
    QueryRow("name=Anna^ORname=anton", ["1", "2"]),
    // The alternative binds to the condition before it: (a or b) and c.
    QueryRow("name=Anna^ORname=anton^status=done", ["2"]),
    QueryRow("status=done^name=Anna^ORname=anton", ["2"]),
    QueryRow("status=done^ORDERBYDESCname", ["9", "2", "3"]),
    QueryRow("ORDERBYname^status=done", ["3", "2", "9"]),
    QueryRow("managerINZoe,Yan^ORDERBYmanager^ORDERBYDESCname", ["5", "2", "1"]),
    QueryRow("manager=", ["3", "4", "6", "7", "8", "9"]),
    QueryRow("manager!=", ["1", "2", "5"]),
    QueryRow("last_day=2026-11-30", ["1"]),
    QueryRow("last_day!=2026-11-30", ["2", "3", "4", "5", "6", "7", "8", "9"]),
    QueryRow("last_day=", ["3", "4", "5", "6", "7", "8", "9"]),
    QueryRow("last_day!=", ["1", "2"]),
    QueryRow("last_dayIN2026-11-30,2026-12-31", ["1", "2"]),
    QueryRow("last_day!=^ORDERBYDESClast_day", ["2", "1"]),
    QueryRow("statusINdone^ORDERBYlast_day^ORDERBYname", ["3", "9", "2"]),
    QueryRow("statusINdone^ORDERBYDESClast_day^ORDERBYname", ["2", "3", "9"]),
    QueryRow("sys_mod_count=0^name=Anna", ["1"]),
    QueryRow("sys_created_byLIKETES^name=Anna", ["1"]),
    // Hostile values are values.
    QueryRow("name=' OR 1=1 --", ["3"]),
    QueryRow("nameLIKE' OR 1=1 --", ["3"]),
    QueryRow("name='; DROP TABLE rec_hr_leaver; --", []),
    QueryRow("nameLIKE%", ["4"]),
    QueryRow("nameLIKE_", ["4"]),
    QueryRow("nameLIKE\\", ["5"]),
    QueryRow("nameLIKE\\%", []),
    QueryRow("nameSTARTSWITH100%", ["4"]),
    QueryRow("nameLIKE$1", []),
    QueryRow("nameLIKE🦊", ["8"]),
    QueryRow("name=🦊 Fox, the", ["8"]),
    QueryRow("name=Jose\u{301}", ["6"]),
    QueryRow("name=Jos\u{E9}", ["7"]),
    QueryRow("nameLIKEe\u{301}", ["6"]),
    QueryRow("nameLIKE\u{C9}", ["7"]),
    QueryRow("statusNOT INleaving,done", ["4"]),
    QueryRow("last_dayNOT IN2026-11-30", ["2", "3", "4", "5", "6", "7", "8", "9"]),
    QueryRow("nameNOT LIKEa", ["3", "4", "6", "7", "8", "9"]),
    QueryRow("nameENDSWITHA", ["1"]),
    QueryRow("nameENDSWITH_thing", ["4"]),
    QueryRow("name%THE", ["8"]),
    QueryRow("name*nn", ["1"]),
    QueryRow("manager!*o", ["3", "4", "5", "6", "7", "8", "9"]),
    QueryRow("last_day>2026-11-30", ["2"]),
    QueryRow("last_day>=2026-11-30", ["1", "2"]),
    QueryRow("last_day<2026-12-31", ["1"]),
    QueryRow("last_day<=2026-12-31", ["1", "2"]),
    QueryRow("manager<Zoe", ["5"]),
    QueryRow("manager<=Zoe", ["1", "2", "5"]),
    QueryRow("manager>Yan", ["1", "2"]),
    QueryRow("manager>=Yan", ["1", "2", "5"]),
    QueryRow("sys_created_on>2026-01-01", ["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    QueryRow("sys_created_on<2026-01-01", []),
    QueryRow("sys_created_on>=2026-01-01 00:00:00^name=Anna", ["1"]),
    QueryRow("sys_mod_count>0", []),
    QueryRow("sys_created_on>javascript:gs.dateGenerate('2026-01-01','00:00:00')^name=Anna", ["1"]),
    QueryRow(
        "sys_created_onBETWEENjavascript:gs.dateGenerate(\"2026-01-01 00:00:00\")"
            + "@javascript:gs.dateGenerate(\"2027-01-01 00:00:00\")^name=Anna", ["1"]),
    QueryRow("sys_created_on<javascript:gs.dateGenerate('2026-01-01')", []),
    QueryRow("sys_id>00000000000000000000000000000000^name=Anna", ["1"]),
    QueryRow("last_dayBETWEEN2026-11-30@2026-12-30", ["1"]),
    QueryRow("last_dayBETWEEN2026-12-31@2026-11-30", []),
    QueryRow("sys_mod_countBETWEEN0@0^name=Anna", ["1"]),
    QueryRow("managerBETWEENYan@Zod", ["5"]),
    QueryRow("managerISEMPTY", ["3", "4", "6", "7", "8", "9"]),
    QueryRow("managerISNOTEMPTY", ["1", "2", "5"]),
    QueryRow("last_dayISEMPTY^status=done", ["3", "9"]),
    QueryRow("last_dayISNOTEMPTY", ["1", "2"]),
    QueryRow("managerANYTHING^status=needs_attention", ["4"]),
    QueryRow("nameSAMEASemail", []),
    QueryRow("emailSAMEASemail^name=Anna", ["1"]),
    QueryRow("notesSAMEASmanager^status=done", ["3", "9"]),
    QueryRow("managerNSAMEASnotes", ["1", "2", "5"]),
    QueryRow("last_daySAMEASlast_day^status=done", ["2", "3", "9"]),
    QueryRow("last_dayNSAMEASlast_day", []),
    QueryRow("sys_created_onSAMEASsys_updated_on^name=Anna", ["1"]),
    // ^NQ: each part by itself, alternatives and all; ^EQ ends a query.
    QueryRow("name=Anna^NQstatus=needs_attention", ["1", "4"]),
    QueryRow("name=Anna^ORname=anton^status=done^NQname=Jos\u{E9}^manager=", ["2", "7"]),
    QueryRow("manager=Zoe^ORDERBYDESCname^NQmanager=Yan^EQ", ["5", "2", "1"]),
    QueryRow("name=javascript:gs.getUserID()", []),
    QueryRow("sys_created_by=javascript:gs.getUserName()^name=Anna", ["1"]),
    QueryRow("sys_created_byINx,javascript:gs.getUserName()^name=Anna", ["1"]),
    // A value runs to the next ^, whatever it looks like.
    QueryRow("name=LIKE%", []),
    QueryRow("name==", []),
]

@Test("queries find exactly", arguments: TestStore.allCases)
func queriesFind(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        for person in people { try await fixture.leaver(person) }
        for row in rows {
            let found = try await fixture.find(row.query, "employee_number")
            let wanted = row.query.contains("ORDERBY") ? row.finds : row.finds.sorted()
            #expect(row.query.contains("ORDERBY") ? found == wanted : found.sorted() == wanted, "\(row.query)")
        }
    }
}

/// A query that is refused: its reason, and what the message must say.
struct RefusedQuery: Sendable, CustomTestStringConvertible {
    let query: String
    let reason: String
    let says: [String]
    init(_ query: String, _ reason: String, _ says: String...) {
        self.query = query
        self.reason = reason
        self.says = says
    }
    var testDescription: String { query }
}

let refusedQueries: [RefusedQuery] = [
    RefusedQuery("statuss=leaving", "query_unknown_field", "\"statuss\"", "employee_number", "sys_id"),
    RefusedQuery("Status=leaving", "query_unknown_field", "\"Status\""),
    RefusedQuery("=leaving", "query_unknown_field", "\"\""),
    RefusedQuery("manager.name=Zoe", "no_reference", "\"manager\""),
    RefusedQuery("name__fold=x", "query_unknown_field", "\"name__fold\""),
    RefusedQuery("name\"=x", "query_unknown_operator", "after \"name\""),
    RefusedQuery("ORDERBYnope", "query_unknown_field", "\"nope\""),
    RefusedQuery("ORDERBY", "query_unknown_field"),
    RefusedQuery("ORDERBYDESCNAME", "query_unknown_field", "\"NAME\""),
    RefusedQuery("ORDERBYname DESC", "query_unknown_field", "\"name DESC\""),
    RefusedQuery("name", "query_unknown_operator", "after \"name\""),
    RefusedQuery("name~x", "query_unknown_operator", "\"~\"", "STARTSWITH"),
    RefusedQuery("nameCONTAINSx", "query_unknown_operator", "\"CONTAINS\""),
    RefusedQuery("nameLI\u{212A}Ex", "query_unknown_operator", "\"LI\""),
    RefusedQuery("nameIN_HIERARCHYx", "query_unknown_operator", "IN_HIERARCHY"),
    RefusedQuery("123TEXTQUERY321=x", "query_unknown_operator", "123TEXTQUERY321"),
    RefusedQuery("nameLIKEJavaScript:x", "query_script", "javascript:"),
    RefusedQuery("nameINa,javascript:x", "query_script", "nothing is evaluated"),
    RefusedQuery("name=javascript:gs.getUserID();", "query_script"),
    RefusedQuery("name=javascript:gs.getUserId()", "query_script"),
    RefusedQuery("name=JAVASCRIPT:gs.getUserID()", "query_script"),
    RefusedQuery("name=javascript:new GlideRecord('sys_user').deleteMultiple()", "query_script"),
    RefusedQuery("name>javascript:1", "query_script"),
    RefusedQuery("sys_created_on>javascript:gs.dateGenerate(2026)", "query_script"),
    RefusedQuery("sys_created_on>javascript:gs.dateGenerate('a','b','c')", "query_script"),
    RefusedQuery("sys_created_on>javascript:gs.dateGenerate('soon')", "query_bad_value"),
    RefusedQuery("sys_created_on>javascript:gs.dateGenerate('2026-01-01');gs.x()", "query_script"),
    RefusedQuery("nameBETWEENa@javascript:1", "query_script"),
    RefusedQuery("NQname=b", "query_empty_term", "Term 1"),
    RefusedQuery("name=a^NQ", "query_empty_term", "Term 2"),
    RefusedQuery("ORDERBYname^NQname=b", "query_empty_term", "Term 2"),
    RefusedQuery("name=a^NQORname=b", "query_unknown_field"),
    RefusedQuery("EQ", "query_unknown_operator", "^EQ"),
    RefusedQuery("name=a^EQ^name=b", "query_unknown_operator", "^EQ"),
    RefusedQuery("nameISEMPTYx", "query_bad_value", "no value"),
    RefusedQuery("nameANYTHINGx", "query_bad_value", "no value"),
    RefusedQuery("name>", "query_bad_value", "not empty"),
    RefusedQuery("last_day<", "query_bad_value", "not empty"),
    RefusedQuery("last_day>soon", "query_bad_value", "2026-11-30"),
    RefusedQuery("last_dayBETWEEN2026-01-01", "query_bad_value", "one @"),
    RefusedQuery("last_dayBETWEEN2026-01-01@2026-01-02@2026-01-03", "query_bad_value", "one @"),
    RefusedQuery("last_dayBETWEEN@2026-01-02", "query_bad_value"),
    RefusedQuery("last_dayBETWEEN", "query_bad_value"),
    RefusedQuery("last_dayENDSWITH30", "query_operator_not_for_field", "\"last_day\""),
    RefusedQuery("nameSAMEASnope", "query_unknown_field", "\"nope\""),
    RefusedQuery("nameSAMEAS", "query_unknown_field"),
    RefusedQuery("nameSAMEASlast_day", "query_operator_not_for_field", "\"last_day\""),
    RefusedQuery("last_daySAMEASsys_created_on", "query_operator_not_for_field"),
    RefusedQuery("nameEMPTYSTRING", "query_unknown_operator", "EMPTYSTRING"),
    RefusedQuery("nameDYNAMICx", "query_unknown_operator", "DYNAMIC"),
    RefusedQuery(
        Array(repeating: "nameLIKEa", count: 21).joined(separator: "^OR"), "query_too_many_patterns", "20"),
    RefusedQuery("", "query_empty_term", "Term 1"),
    RefusedQuery("^name=a", "query_empty_term", "Term 1"),
    RefusedQuery("name=a^", "query_empty_term", "Term 2"),
    RefusedQuery("name=a^^status=done", "query_empty_term", "Term 2"),
    RefusedQuery("name=a^OR", "query_empty_term", "Term 2"),
    RefusedQuery("ORname=a", "query_nothing_before_or", "Term 1"),
    RefusedQuery("name=a^ORDERBYname^ORname=b", "query_nothing_before_or", "Term 3"),
    RefusedQuery("status=leavin", "query_bad_value", "leaving, done, needs_attention"),
    RefusedQuery("status!=leavin", "query_bad_value", "\"status\""),
    RefusedQuery("statusINdone,leavin", "query_bad_value", "\"status\""),
    RefusedQuery("nameIN", "query_bad_value"),
    RefusedQuery("nameINa,,b", "query_bad_value"),
    RefusedQuery("nameLIKE", "query_bad_value"),
    RefusedQuery("nameSTARTSWITH", "query_bad_value"),
    RefusedQuery("name=a\u{0}b", "query_bad_value"),
    RefusedQuery("nameLIKE\u{0}", "query_bad_value"),
    RefusedQuery("last_day=tomorrow", "query_bad_value", "2026-11-30"),
    RefusedQuery("last_day=2026-02-30", "query_bad_value"),
    RefusedQuery("sys_created_on=2026-11-30", "query_bad_value", "17:00:00"),
    RefusedQuery("sys_mod_count=+1", "query_bad_value", "42"),
    RefusedQuery("sys_mod_count=99999999999999999999", "query_bad_value"),
    RefusedQuery("sys_id=abc", "query_bad_value", "32"),
    RefusedQuery("last_dayLIKE2026", "query_operator_not_for_field", "\"last_day\""),
    RefusedQuery("sys_idSTARTSWITHa", "query_operator_not_for_field", "\"sys_id\""),
    RefusedQuery(
        Array(repeating: "name=a", count: 101).joined(separator: "^OR"), "query_too_many_terms", "100"),
    RefusedQuery(
        "nameIN" + Array(repeating: "a", count: 1001).joined(separator: ","), "query_too_many_values", "1000"),
]

@Test("a query that is not understood is refused by name", arguments: refusedQueries)
func refusesQuery(_ row: RefusedQuery) throws {
    do {
        _ = try QueryParser.parse(row.query)
        Issue.record("\(row.query) was accepted")
    } catch let error as HubError {
        #expect(error.kind == .invalid)
        #expect(error.reason == row.reason, "\(error)")
        for text in row.says { #expect(error.message.contains(text), "\(error.message)") }
    }
}

@Test("as many terms and values as the bounds allow are read")
func bounds() throws {
    let terms = Array(repeating: "name=a", count: Limits.queryTerms.value).joined(separator: "^OR")
    let query = try QueryParser.parse(terms)
    #expect(query.parts.map { $0.map(\.count) } == [[Limits.queryTerms.value]])
    let list = "nameIN" + Array(repeating: "a", count: Limits.queryValues.value).joined(separator: ",")
    #expect(try QueryParser.parse(list).parts[0][0][0].values.count == Limits.queryValues.value)
}

@Test("the message never repeats a value")
func noValueInMessages() {
    let queries = [
        "status=canary7", "last_day=canary7", "statusINdone,canary7", "sys_id=canary7", "last_day>canary7",
        "last_dayBETWEENcanary7@canary7", "name=javascript:canary7", "nameISEMPTYcanary7",
    ]
    for query in queries {
        do {
            _ = try QueryParser.parse(query)
            Issue.record("\(query) was accepted")
        } catch { #expect(!"\(error)".contains("canary7")) }
    }
}

extension QueryParser {
    /// Over the leavers' table, without a store, for an administrator.
    static func parse(_ text: String) throws -> EncodedQuery {
        var walks = Walks(.sample, Viewer(TestViewer.admin) { _, _ in true })
        return try parse(text, &walks)
    }
}

enum TestViewer {
    static let admin = Principal(
        user: UserID(Person.ada), userName: "ada", client: nil, clientName: "-", roles: ["admin"], scopes: nil,
        method: .bearer)
}

extension RecordTable {
    /// The leavers' table without a store.
    static let sample = RecordTable(
        id: "0", name: BuiltInTables.leaver.name, label: BuiltInTables.leaver.label, application: "global",
        rights: BuiltInTables.leaver.rights, fields: BuiltInTables.leaver.fields)
}
