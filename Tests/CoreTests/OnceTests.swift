import Core
import Synchronization
import Testing

@Test("a value is made once, and again only after making it failed")
func once() throws {
    struct Early: Error {}
    let asked = Mutex(0)
    let value = Once { () throws -> Int in
        let turn = asked.withLock { asked in
            asked += 1
            return asked
        }
        if turn == 1 { throw Early() }
        return turn
    }
    #expect(throws: Early.self) { try value.get() }
    #expect(try value.get() == 2)
    #expect(try value.get() == 2)
}
