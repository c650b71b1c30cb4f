// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a request makes another one of itself, and what the two tell each other.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// What it is made for, if it is a subrequest.
    var subrequest: Subrequest? { family?.own }

    /// Has a subrequest made, which begins when this connection has had its turn; one for content
    /// when it is wanted.
    ///
    /// Everything that the configuration can ask of a request is copied, so that neither depends on
    /// the other.
    /// - Returns: nil when there are too many.
    mutating func addSubrequest(
        _ purpose: Subrequest.Purpose, path: ByteRange, arguments: ByteRange?,
        asking questions: [Template] = [], _ services: inout Services
    ) -> Subrequest? {
        let family = self.family ?? Family()
        self.family = family
        family.budget.limitVerdicts.take(limits.verdicts)
        let depth = (family.own?.depth ?? 0) + 1
        guard depth <= SubrequestBudget.depthLimit, family.budget.take() else {
            let text = LogEscape.text(bytes.span(path.range))
            services.logError(
                .error, self, "subrequests cycle while processing \"\(text)\"")
            return nil
        }
        var exchange = makeSubrequest(purpose, path, arguments)
        exchange.startedAt = services.clock.now
        let subrequest = Subrequest(
            purpose, of: client, depth: depth, family.budget, asking: questions, exchange)
        family.children.append(subrequest)
        if purpose != .content || family.budget.runningCount < SubrequestBudget.runningLimit {
            begin(subrequest, &services)
        }
        return subrequest
    }

    private func begin(_ subrequest: Subrequest, _ services: inout Services) {
        subrequest.begin()
        services.subrequestNotices.append(.start(subrequest))
    }

    /// Says that this request goes on only when a subrequest has given its content.
    ///
    /// If the client waits for this request, it now waits for that one, however many others run.
    func awaitContent(of subrequest: Subrequest, _ services: inout Services) {
        guard !subrequest.isUrgent, self.subrequest?.isUrgent ?? true else { return }
        subrequest.isUrgent = true
        if !subrequest.isBegun {
            begin(subrequest, &services)
        } else if !subrequest.isOver {
            // There may be some that it waits for itself.
            services.subrequestNotices.append(.tellChild(subrequest))
        }
    }

    /// A request for another path with the head of this one.
    ///
    /// Spec: nginx ngx_http_subrequest: by GET and without content, but for a mirror.
    private func makeSubrequest(
        _ purpose: Subrequest.Purpose, _ path: ByteRange, _ arguments: ByteRange?
    ) -> Exchange {
        var other = Exchange()
        other.facts = facts
        other.connectionAddress = connectionAddress
        other.proxyHeader = proxyHeader
        other.head = head.copied()
        other.head.expectsContinue = false
        other.head.offersUpgrade = false
        other.bytes.append(contentsOf: bytes)
        other.host = host
        other.hostIndex = hostIndex
        other.uri = path
        other.arguments = arguments
        other.method = purpose == .mirror ? method : .get
        other.head.method = other.method
        other.isInternal = true
        other.isReceivedTarget = false
        other.values = values.copied()
        other.requestID = requestID
        if purpose == .mirror, content.isComplete, head.framing != .none,
            let copy = content.copied()
        {
            other.content = copy
        } else {
            other.head.framing = .none
        }
        other.content.isComplete = true
        // Its content becomes a part of another one: it must come whole, and as it is.
        if purpose == .content {
            for name in Self.namesOfConditions { other.head.fields.remove(name) }
        }
        return other
    }

    private static let namesOfConditions: [FieldName] = [
        .range, .ifRange, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince,
        .acceptEncoding,
    ]

    // MARK: As a subrequest

    /// Decides who answers.
    ///
    /// Spec: nginx: the rewrite phase of the server comes first, as after an internal redirect.
    mutating func beginAsSubrequest(
        _ subrequest: Subrequest, _ services: inout Services
    ) -> ExchangeStep {
        family = Family(subrequest, inheriting: values.places)
        let root = services.site.hosts[hostIndex].rootLocation
        locationIndex = root
        if let step = runScript(ofLocation: root, &services) { return step }
        return route(&services)
    }

    /// Ends routing for a subrequest, instead of `complete`.
    ///
    /// Spec: nginx: conditions, ranges, added fields and codings are for the client's answer only.
    mutating func completeSubrequest(
        _ subrequest: Subrequest, _ services: inout Services
    ) -> ExchangeStep {
        let steps = services.site.locations[locationIndex].steps
        if subrequest.purpose == .content {
            if steps.contains(.namesCharset) || response.charset != nil { nameCharset(&services) }
            if steps.contains(.includes) { beginAssembly(&services) }
            if steps.contains(.substitutes) { substitute(&services) }
        } else if response.source != .peer {
            response.source = .none
            response.end = response.offset
        }
        stage = .responding
        return .respond
    }

    /// Tells the one that asked what there is to know besides the content.
    mutating func tellResult(to subrequest: Subrequest, _ services: inout Services) {
        subrequest.status = response.status
        if response.status == 401 {
            subrequest.challenges = FieldLines.values(
                of: Array("www_authenticate".utf8), in: response.fields.readable)
        }
        for question in subrequest.questions {
            subrequest.answers.append(copy(evaluate(question, &services)))
        }
        subrequest.requestID = requestID.map { copy($0) }
        let inherited = family?.inheritedPlaces ?? []
        for (variable, place) in values.places.enumerated() {
            let old = variable < inherited.count ? inherited[variable] : nil
            if place != old { subrequest.changes.append((variable, place.map { copy($0) })) }
        }
        subrequest.noteAnswer()
    }

    // MARK: As the one that asked

    /// Takes over the variables that a subrequest has set.
    ///
    /// Spec: nginx: a request and its subrequests share their variables.
    mutating func takeVariables(of subrequest: Subrequest) {
        for change in subrequest.changes {
            values[change.variable] = change.value.map { store($0) }
        }
        subrequest.changes = []
        if requestID == nil, let id = subrequest.requestID { requestID = store(id) }
    }

    /// Lets go of its subrequests: those that nobody waits for go on by themselves.
    mutating func leaveFamily(_ services: inout Services) {
        guard let family else { return }
        for child in family.children where !child.isOver && !child.isDetached {
            child.cancel()
            services.subrequestNotices.append(.tellChild(child))
        }
        family.children = []
        family.authorization = nil
    }
}
