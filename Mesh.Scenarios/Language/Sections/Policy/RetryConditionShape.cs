using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>One condition under which an answer is retried: a name of Envoy's, a status, or a range of statuses as Linkerd writes it.</summary>
internal static class RetryConditionShape
{
    private static readonly (string Name, RetryOn Condition)[] Known =
    [
        ("5xx", RetryOn.ServerError), ("gateway-error", RetryOn.GatewayError), ("reset", RetryOn.Reset), ("reset-before-request", RetryOn.ResetBeforeRequest),
        ("connect-failure", RetryOn.ConnectFailure), ("refused-stream", RetryOn.RefusedStream), ("retriable-4xx", RetryOn.Retriable4xx),
        ("envoy-ratelimited", RetryOn.RateLimited), ("cancelled", RetryOn.GrpcCancelled), ("deadline-exceeded", RetryOn.GrpcDeadlineExceeded),
        ("internal", RetryOn.GrpcInternal), ("resource-exhausted", RetryOn.GrpcResourceExhausted), ("unavailable", RetryOn.GrpcUnavailable),
        ("retriable-headers", RetryOn.RetriableHeaders), ("http3-post-connect-failure", RetryOn.Http3PostConnectFailure),
    ];

    /// <summary>All names, as they are written.</summary>
    public static readonly string Names = string.Join(", ", Known.Select(known => known.Name));

    /// <summary>A condition; the statuses are those of <see cref="RetryOn.StatusCodes"/> only.</summary>
    public static readonly Shape<(RetryOn Condition, StatusRange Statuses)> Condition =
        new ScalarShape<(RetryOn, StatusRange)>($"a condition ({Names}), a status such as 503 or a range such as 500-504", Schema(), Parse);

    /// <summary>Conditions as they are written.</summary>
    public static string Text(RetryOn conditions) =>
        string.Join(", ", Known.Where(known => (conditions & known.Condition) != 0).Select(known => known.Name).Concat((conditions & RetryOn.StatusCodes) != 0 ? ["statuses"] : []));

    private static string? Parse(string text, out (RetryOn, StatusRange) value)
    {
        int index = Array.FindIndex(Known, known => known.Name == text);
        value = index < 0 ? default : (Known[index].Condition, default);
        if (index >= 0) return null;
        string[] ends = text.Split('-', 2);
        if (Status(ends[0]) is { } from && Status(ends[^1]) is { } to)
        {
            value = (RetryOn.StatusCodes, new StatusRange(from, to));
            return from <= to ? null : $"the range '{text}' ends before it begins; write the lower status first.";
        }
        return $"'{text}' is neither a condition nor a status from 400 to 599, or a range of them such as 500-504.{Suggest.From(text, [.. Known.Select(known => known.Name)], "Conditions")}";
    }

    private static int? Status(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 400 and <= 599 ? status : null;

    private static string Schema() => new JsonObject
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["enum"] = new JsonArray([.. Known.Select(known => (JsonNode?)known.Name)]) },
            new JsonObject { ["type"] = "integer", ["minimum"] = 400, ["maximum"] = 599 },
            new JsonObject { ["type"] = "string", ["pattern"] = "^[45][0-9]{2}(-[45][0-9]{2})?$" }),
    }.ToJsonString();
}
