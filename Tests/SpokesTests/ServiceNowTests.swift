import Core
import Ports
import TestSupport
import Testing

@testable import Spokes

/// The ServiceNow spoke, row by row, through the same desk that authors have.
@Suite("The ServiceNow spoke") struct ServiceNowTests {
    private static let tests = """
        tests:
          - name: a query, fields and pages
            action: lookup_records
            input: { table: incident, query: "active=true^ORDERBYnumber", fields: "number,sys_id", page_size: 2 }
            calls:
              - send:
                  method: GET
                  target: "/api/now/v2/table/incident?sysparm_query=active%3Dtrue%5EORDERBYnumber&sysparm_fields=number%2Csys_id&sysparm_limit=2&sysparm_exclude_reference_link=true"
                reply:
                  status: 200
                  headers: { link: '<{connection.url}/api/now/v2/table/incident?sysparm_offset=0>;rel="first",<{connection.url}/api/now/v2/table/incident?sysparm_offset=2>;rel="next"' }
                  body: { result: [{ sys_id: a, number: INC1 }, { sys_id: b, number: INC2 }] }
              - send: { method: GET, target: "/api/now/v2/table/incident?sysparm_offset=2" }
                reply: { status: 200, body: { result: [{ sys_id: c, number: INC3 }] } }
            expect:
              outcome: done
              output:
                items:
                  - { sys_id: a, record: { sys_id: a, number: INC1 } }
                  - { sys_id: b, record: { sys_id: b, number: INC2 } }
                  - { sys_id: c, record: { sys_id: c, number: INC3 } }
                count: 3
                pages: 2
          - name: a value is a value
            action: find_records
            input: { table: sys_user, field: email, value: "a+b@x=1" }
            calls:
              - send: { method: GET, target: "/api/now/v2/table/sys_user?sysparm_query=email%3Da%2Bb%40x%3D1&sysparm_exclude_reference_link=true" }
                reply: { status: 200, body: { result: [] } }
            expect: { outcome: done, output: { items: [], count: 0, pages: 1 } }
          - name: a value that would be a second term
            action: find_records
            input: { table: sys_user, field: email, value: "x^ORsys_idISNOTEMPTY" }
            expect: { outcome: refused, reason: input_invalid }
          - name: a value that would be run there
            action: find_records
            input: { table: sys_user, field: email, value: "JavaScript:gs.getUserID()" }
            expect: { outcome: refused, reason: input_invalid }
          - name: a table that would leave its place
            action: get_record
            input: { table: "../../oauth_token.do", sys_id: a }
            expect: { outcome: refused, reason: input_invalid }
          - name: one record
            action: get_record
            input: { table: incident, sys_id: a1, fields: number }
            calls:
              - send: { method: GET, target: "/api/now/v2/table/incident/a1?sysparm_fields=number&sysparm_exclude_reference_link=true" }
                reply: { status: 200, body: { result: { number: INC1 } } }
            expect: { outcome: done, output: { record: { number: INC1 } } }
          - name: a record that is not there, or hidden
            action: get_record
            input: { table: incident, sys_id: a1 }
            calls:
              - send: { method: GET, target: "/api/now/v2/table/incident/a1?sysparm_exclude_reference_link=true" }
                reply:
                  status: 404
                  body: { error: { message: No Record found, detail: "Record doesn't exist or ACL restricts the record retrieval" }, status: failure }
            expect: { outcome: failed, reason: not_found }
          - name: a record is made
            action: create_record
            input: { table: incident, values: { short_description: Lift, priority: 1 } }
            calls:
              - send: { method: POST, target: "/api/now/v2/table/incident?sysparm_exclude_reference_link=true", body: { short_description: Lift, priority: 1 } }
                reply: { status: 201, body: { result: { sys_id: n1, number: INC9 } } }
            expect: { outcome: done, output: { sys_id: n1, record: { sys_id: n1, number: INC9 } } }
          - name: a lost answer to a creation is a person's
            action: create_record
            input: { table: incident, values: { short_description: Lift } }
            calls:
              - send: { method: POST, target: "/api/now/v2/table/incident?sysparm_exclude_reference_link=true" }
                reply: { status: 502, text: "<html>" }
            expect: { outcome: unknown, reason: provider_unavailable }
          - name: an access rule refuses
            action: update_record
            input: { table: incident, sys_id: a1, values: { state: "2" } }
            calls:
              - send: { method: PATCH, target: "/api/now/v2/table/incident/a1?sysparm_exclude_reference_link=true", body: { state: "2" } }
                reply: { status: 403, body: { error: { message: Operation Failed, detail: ACL Exception Update Failed due to security constraints }, status: failure } }
            expect: { outcome: failed, reason: not_permitted }
          - name: deleted
            action: delete_record
            input: { table: incident, sys_id: a1 }
            calls:
              - send: { method: DELETE, target: /api/now/v2/table/incident/a1 }
                reply: { status: 204 }
            expect: { outcome: done, output: {} }
          - name: counted
            action: count_records
            input: { table: incident, query: active=true }
            calls:
              - send: { method: GET, target: "/api/now/stats/incident?sysparm_count=true&sysparm_query=active%3Dtrue" }
                reply: { status: 200, body: { result: { stats: { count: "4" } } } }
            expect: { outcome: done, output: { count: "4" } }
          - name: the hourly limit says when in its own header
            action: count_records
            input: { table: incident }
            calls:
              - send: { method: GET, target: "/api/now/stats/incident?sysparm_count=true" }
                reply: { status: 429, headers: { retry-after: "90" }, body: { error: { message: Rate limit exceeded }, status: failure } }
            expect: { outcome: later, reason: rate_limited }
        """

    @Test("says what the Table API documents, and keeps every input in its place")
    func rows() async throws {
        let played = try await SpokeTests.run(
            (PackageResources.servicenow_yaml, "servicenow.yaml"),
            tests: (Array(Self.tests.utf8), "servicenow.test.yaml"))
        for item in played["items"]?.array ?? [] {
            #expect(item["passed"] == true, "\(item["name"] ?? .null): \(item["difference"] ?? .null)")
        }
        #expect(played["passed"] == 13)
    }
}
