-- SPDX-License-Identifier: Apache-2.0
-- SPDX-FileCopyrightText: the Beranda authors
--
-- For wrk: each request is for any file of a folder, which must hold 0000.html and those after it.

local requests = {}
local random = math.random

function init(arguments)
    math.randomseed(1)
    for number = 1, tonumber(arguments[1]) do
        local path = string.format("%s%04d.html", wrk.path, number - 1)
        requests[number] = wrk.format("GET", path)
    end
end

function request()
    return requests[random(#requests)]
end
