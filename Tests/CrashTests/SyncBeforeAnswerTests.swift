import Core
import Foundation
import TestSupport
import Testing

/// A hub answers 201 only when the store's log was synced, seen from outside.
struct SyncBeforeAnswerTests {
    @Test("between the receipt of each record and its 201 the store's log is written and synced")
    func synced() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            let trace = place.folder + "/trace"
            // -D: the hub itself is our child; strace ends after it and then lets go of the pipe.
            let strace = [
                "strace", "-D", "-f", "-y", "-o", trace, "-e",
                "trace=fdatasync,fsync,pwrite64,read,recvfrom,recvmsg,write,writev,sendto,sendmsg",
            ]
            try await Caller.with { caller in
                try await RunningHub.run(place, before: strace) { hub in
                    let app = try await Application.register(
                        at: hub, caller, tables: ["incident"], roles: ["incident_writer"])
                    for number in 0..<20 {
                        let posted = try await caller.send(
                            "POST", hub.url + "/api/now/table/incident", app.authorization,
                            json: ["short_description": .string("number \(number)")])
                        #expect(posted.status == 201)
                    }
                    hub.program.send(SIGTERM)
                    for await _ in hub.program.lines {}
                    #expect(await hub.program.status() == 0)
                }
            }
            let report = AnswerReport(try String(contentsOfFile: trace, encoding: .utf8))
            #expect(report.answers == Array(repeating: true, count: 20))
        }
    }

    @Test("the judge of traces sees a sync that is missing, late, unfinished or of another file")
    func judge() {
        let post = "7 recvfrom(9<socket:[1]>, \"POST /api/now/table/incident HTT\"..., 4096, 0) = 4\n"
        let write = "8 pwrite64(5</d/hub.sqlite-wal>, \"x\", 1, 0) = 1\n"
        let sync = "8 fdatasync(5</d/hub.sqlite-wal>) = 0\n"
        let begun = "8 fdatasync(5</d/hub.sqlite-wal> <unfinished ...>\n"
        let ended = "8 <... fdatasync resumed>) = 0\n"
        let other = "8 fdatasync(6</d/log-2026-11-21.sqlite-wal>) = 0\n"
        let answer = "7 writev(9<socket:[1]>, [{iov_base=\"HTTP/1.1 201 Created\\r\\n\", iov_len=9}], 1) = 9\n"
        #expect(AnswerReport(post + write + sync + answer).answers == [true])
        #expect(AnswerReport(post + write + begun + ended + answer).answers == [true])
        #expect(AnswerReport(post + write + answer + sync).answers == [false])
        #expect(AnswerReport(post + write + begun + answer + ended).answers == [false])
        #expect(AnswerReport(write + sync + post + answer).answers == [false])
        #expect(AnswerReport(post + sync + write + answer).answers == [false])
        #expect(AnswerReport(post + write + other + answer).answers == [false])
        #expect(AnswerReport(post + write + sync + answer + post + answer).answers == [true, false])
    }
}

/// Reads a trace of posts that come one after the other: for each 201, whether the log was written and then synced
/// since its request came.
struct AnswerReport {
    var answers: [Bool] = []

    init(_ trace: String) {
        var isWaiting = false
        var isWritten = false
        var isSynced = false
        var begun: Set<Substring> = []
        for line in trace.split(separator: "\n") {
            let thread = line.prefix { $0 != " " }
            if line.contains("\"POST /api/now/table/") { (isWaiting, isWritten, isSynced) = (true, false, false) }
            let isLog = line.contains("/hub.sqlite-wal>")
            if isLog, line.contains("pwrite64(") { isWritten = true }
            if isLog, line.contains("sync("), isWritten {
                if line.contains("unfinished") {
                    begun.insert(thread)
                } else if line.hasSuffix("= 0") {
                    isSynced = true
                }
            }
            if line.contains("sync resumed>"), begun.remove(thread) != nil, line.hasSuffix("= 0") { isSynced = true }
            if line.contains("\"HTTP/1.1 201"), isWaiting {
                answers.append(isSynced)
                isWaiting = false
            }
        }
    }
}
