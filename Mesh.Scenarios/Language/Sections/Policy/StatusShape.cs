using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>One HTTP status, or a range of them.</summary>
internal static class StatusShape
{
    /// <summary>A status from 100 to 599, or a range.</summary>
    public static readonly Shape<StatusRange> Statuses = new ScalarShape<StatusRange>("a status such as 200 or a range such as 200-204", Schema(), Parse);

    private static string? Parse(string text, out StatusRange value)
    {
        value = default;
        string[] ends = text.Split('-', 2);
        if (Status(ends[0]) is not { } from || Status(ends[^1]) is not { } to) return $"'{text}' is neither a status from 100 to 599 nor a range of them such as 200-204.";
        value = new StatusRange(from, to);
        return from <= to ? null : $"the range '{text}' ends before it begins; write the lower status first.";
    }

    private static int? Status(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 100 and <= 599 ? status : null;

    private static string Schema() => new JsonObject
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = "integer", ["minimum"] = 100, ["maximum"] = 599 },
            new JsonObject { ["type"] = "string", ["pattern"] = "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$" }),
    }.ToJsonString();
}
