import Core
import Storage
import Testing

extension ContractRule {
    static let values: [ContractRule] = [
        ContractRule("text comes back as it went in, quotes and all") { database in
            for (index, text) in [
                "", "it's", "\"quoted\"", "$1 ? ?1 :a @b", "\\x41", "a\r\nb\t", "ÿ 🙂 漢", "'; DROP TABLE item; --",
            ]
            .enumerated() {
                try await database.put("t\(index)", 0, text)
                let found = try await database.read {
                    try $0.row("SELECT t FROM item WHERE id = $1 AND t = $2", [.text("t\(index)"), .text(text)])?.text(
                        "t")
                }
                #expect(found.map { Array($0.utf8) } == Array(text.utf8))
            }
        },
        ContractRule("NULL comes back as NULL, not as empty text") { database in
            try await database.put("a")
            let row = try await database.read { try $0.row("SELECT t, b FROM item WHERE t IS NULL", []) }
            #expect(row?.values == [.null, .null])
        },
        ContractRule("bytes come back as they went in") { database in
            for bytes in [[], [0], [0, 255, 92, 39, 120, 0], (0...255).map { UInt8($0) }] as [[UInt8]] {
                let found = try await database.write(.bookkeeping("test")) { writer in
                    try writer.run("DELETE FROM item", [])
                    try writer.run("INSERT INTO item (id, n, b) VALUES ('a', 0, $1)", [.blob(bytes)])
                    return try writer.row("SELECT b FROM item WHERE b = $1", [.blob(bytes)])?.blob("b")
                }
                #expect(found == bytes)
            }
        },
        ContractRule("numbers have 64 bits") { database in
            for number in [Int64.min, -1, 0, 4_294_967_296, Int64.max] {
                try await database.put("n\(number)", number)
                let found = try await database.number("n\(number)")
                #expect(found == number)
            }
        },
        ContractRule("a count, a sum and a comparison are whole numbers") { database in
            try await database.put("a", 40)
            try await database.put("b", 2)
            let row = try await database.read {
                try $0.row("SELECT COUNT(*) AS c, SUM(n) AS s, MAX(n) > 3 AS big FROM item", [])
            }
            #expect(row?.values == [.int(2), .int(42), .int(1)])
        },
        ContractRule("a number that is not whole is an error, not a rounding") { database in
            let refused = await reason { try await database.read { try $0.rows("SELECT 1.5 AS x", []) } }
            #expect(refused == "RowProblem")
        },
        ContractRule("text with U+0000 is refused in writes and reads") { database in
            let written = await reason { try await database.put("a", 0, "cut\0here") }
            let asked = await reason {
                try await database.read { try $0.rows("SELECT id FROM item WHERE id = $1", [.text("a\0")]) }
            }
            let count = try await database.count()
            #expect([written, asked] == ["nul_in_text", "nul_in_text"])
            #expect(count == 0)
        },
        ContractRule("texts that look alike are different") { database in
            try await database.put("e\u{301}", 1)
            try await database.put("\u{E9}", 2)
            let numbers = [try await database.number("e\u{301}"), try await database.number("\u{E9}")]
            #expect(numbers == [1, 2])
        },
        ContractRule("large and small letters are different, also to ORDER BY: by bytes") { database in
            for id in ["b", "a", "B", "_", "é", "z", "A", "Z", "~"] { try await database.put(id) }
            let order = try await database.read {
                try $0.rows("SELECT id FROM item ORDER BY id LIMIT 20", []).map { try $0.text("id") }
            }
            #expect(order == ["A", "B", "Z", "_", "a", "b", "z", "~", "é"])
        },
        ContractRule("where NULL comes in an order is said by the statement") { database in
            try await database.put("a", 0, "x")
            try await database.put("b")
            let last = try await database.read {
                try $0.rows("SELECT id FROM item ORDER BY t NULLS LAST, id LIMIT 5", []).map { try $0.text("id") }
            }
            let first = try await database.read {
                try $0.rows("SELECT id FROM item ORDER BY t DESC NULLS FIRST, id LIMIT 5", []).map { try $0.text("id") }
            }
            #expect(last == ["a", "b"])
            #expect(first == ["b", "a"])
        },
        ContractRule("what is there already is a conflict, and no value gets into the error") { database in
            try await database.put("sesame")
            do {
                try await database.put("sesame")
                Issue.record("it was put twice")
            } catch let error as HubError {
                #expect(error.kind == .conflict)
                #expect(error.reason == "already_exists")
                #expect(!error.description.contains("sesame"))
            }
        },
    ]
}
