using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>How the admin API writes and reads JSON.</summary>
public static class AdminJson
{
    private const int MaxDepth = 16;

    /// <summary>Camel case; times such as <c>5m</c>; enums by name; what is not known is an error.</summary>
    public static JsonSerializerOptions Options { get; } = Configured(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    internal static JsonSerializerOptions Configured(JsonSerializerOptions options)
    {
        options.MaxDepth = MaxDepth;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Converters.Add(new DurationText());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        return options;
    }

    /// <summary>What is wrong with a body, for whoever wrote it: the serializer's own words name our types.</summary>
    internal static string Problem(JsonException error)
    {
        const string Missing = "including: ";
        string path = error.Path is { Length: > 1 } known ? $" at {known}" : "";
        int missing = error.Message.IndexOf(Missing, StringComparison.Ordinal);
        if (missing >= 0) return $"the body lacks {error.Message[(missing + Missing.Length)..].TrimEnd('.')}; /openapi.json describes it";
        if (error.Message.StartsWith('\'')) return $"{error.Message.Split(" Path: ")[0]}{path}";
        return $"the body is not the JSON that is asked for{path}; /openapi.json describes it";
    }
}
