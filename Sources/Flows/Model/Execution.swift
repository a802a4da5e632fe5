import Core
import Ports
import Storage

/// One durable run of a flow, as it is kept.
struct Execution: Sendable, Equatable {
    /// The step of another execution that started it.
    struct Parent: Sendable, Equatable {
        let id: String
        let path: String
    }

    let id: ExecutionID
    let flowID: String
    let flow: String
    let version: Int64
    let trigger: JSON
    let correlation: CorrelationID
    let startedAt: Timestamp
    /// A test run: nothing of it reaches a real connection or changes a record.
    let isTest: Bool
    let parent: Parent?
    /// How many flows started one another to get here; 0 for none.
    let depth: Int64
    /// The names of the flows that led here, its own too.
    let chain: [String]
    /// Who is behind it (`Actor.identities`); they may not approve what it asks.
    let origins: [String]
    /// The execution whose journal it took over; nil for none.
    let rerunOf: String?

    /// A cause of what it does, at a moment: the flow acts, under the correlation id of what started it.
    func cause(at now: Timestamp) -> Cause {
        Cause(Actor(.flow, id: flow, name: isTest ? "\(flow) (test run)" : flow), at: now, correlation)
    }

    /// What led to the changes that it makes.
    var lineage: Lineage { Lineage(chain: chain, origins: origins) }

    init(_ row: SQLRow) throws {
        guard let correlation = CorrelationID(try row.text("correlation")) else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "execution.correlation is none")
        }
        id = ExecutionID(try row.text("id"))
        flowID = try row.text("flow_id")
        flow = try row.text("flow")
        version = try row.int("version")
        trigger = try JournalValue.read(try row.text("trigger"))
        self.correlation = correlation
        startedAt = Timestamp(epochMilliseconds: try row.int("started_at"))
        isTest = try row.bool("test")
        if let id = try row.optionalText("parent_id") {
            parent = Parent(id: id, path: try row.optionalText("parent_path") ?? "")
        } else {
            parent = nil
        }
        depth = try row.int("depth")
        chain = try Self.texts(try row.text("chain"))
        origins = try Self.texts(try row.optionalText("origins") ?? "[]")
        rerunOf = try row.optionalText("rerun_of")
    }

    /// Reads a list of texts as it is kept. Throws `bad_row` for anything else: nobody is forgotten.
    static func texts(_ json: String) throws -> [String] {
        let read: JSON
        do { read = try JSON.read(json) } catch {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "a list of texts: \(error)")
        }
        guard let texts = read.texts else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "a list of texts is none")
        }
        return texts
    }
}

/// A hub's hold on one execution. Every write of the journal carries the fence and fails once it has passed on.
struct Claim: Sendable, Equatable {
    let execution: Execution
    let hub: String
    let fence: Int64
}
