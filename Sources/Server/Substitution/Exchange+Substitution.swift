// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Has texts replaced in a response, and makes its fields say so.

internal import HTTP
internal import Memory

extension Exchange {
    /// Replaces texts as `sub_filter` says.
    ///
    /// Call when fields have been added and before the content is encoded.
    /// Spec: nginx ngx_http_sub_filter_module. What comes encoded is left alone: nothing would be
    ///       found in it.
    mutating func substitute(_ services: inout Services) {
        guard let plan = services.site.locations[locationIndex].substitution,
            response.contentLength != 0
        else { return }
        if response.file.lines != .none { response.takeFileLines() }
        let type = response.value(of: "content-type") ?? Extent(0, 0)
        guard plan.includes(response.fields.span(type.range)) else { return }
        if let coding = response.value(of: "content-encoding"), coding.count > 0 { return }
        guard let substituter = substituter(plan, &services) else { return }
        forgetBytes(keepsValidators: plan.keepsValidators)
        guard response.source != .none else { return }
        response.isConverted = true
        guard head.method != .head else { return }
        response.filter.add(substituter)
        response.isFiltered = true
    }

    /// What replaces the texts of this request.
    ///
    /// - Returns: nil when all of them are empty.
    private mutating func substituter(
        _ plan: SubstitutionPlan, _ services: inout Services
    ) -> Substituter? {
        var table = plan.table
        if table == nil {
            let searches = plan.pairs.map { copy(evaluate($0.search, &services)) }
            guard searches.contains(where: { !$0.isEmpty }) else { return nil }
            table = SearchTable(searches)
        }
        guard let table else { return nil }
        let replacements =
            plan.replacements
            ?? Substituter.Replacements(
                plan.pairs.map { copy(evaluate($0.replacement, &services)) })
        return Substituter(table, replacements, once: plan.isOnce)
    }

    /// Removes from the fields what was said of the content as it was.
    private mutating func forgetBytes(keepsValidators: Bool) {
        response.removeField("Content-Length")
        response.removeField("Accept-Ranges")
        response.contentLength = nil
        response.statesLength = false
        if keepsValidators {
            response.weakenTag()
        } else {
            response.removeField("Last-Modified")
            response.removeField("ETag")
        }
    }
}
