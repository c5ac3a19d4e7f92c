using System.Text.Json.Serialization;

namespace Mesh.Reports.Results;

/// <summary>How an expectation came out.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>It holds. <c>pass</c></summary>
    [JsonStringEnumMemberName("pass")]
    Pass,

    /// <summary>It does not hold. <c>fail</c></summary>
    [JsonStringEnumMemberName("fail")]
    Fail,

    /// <summary>There is too little to say, which does not pass. <c>notEnoughData</c></summary>
    [JsonStringEnumMemberName("notEnoughData")]
    NotEnoughData,
}

/// <summary>One expectation and what became of it.</summary>
public sealed record ExpectationVerdict
{
    /// <summary>The expectation as it was written.</summary>
    public required string Expression { get; init; }

    /// <summary>How it came out.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The mean over the replications, in <see cref="Unit"/>; <c>null</c> when nothing was observed.</summary>
    public double? Observed { get; init; }

    /// <summary>The lower end of its 95% interval; <c>null</c> when there is none, as with one replication.</summary>
    public double? Low { get; init; }

    /// <summary>The upper end of its 95% interval.</summary>
    public double? High { get; init; }

    /// <summary>What was asked for, in the same unit.</summary>
    public double? Limit { get; init; }

    /// <summary>The unit of the numbers: <c>s</c>, <c>ratio</c> (shown as percent), <c>1/s</c>, or empty for plain numbers.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Why, in a sentence for people.</summary>
    public string Explanation { get; init; } = "";

    /// <summary>The verdict in the words of files: <c>pass</c>, <c>fail</c>, <c>notEnoughData</c>.</summary>
    [JsonIgnore]
    public string Word => Verdict switch { Verdict.Pass => "pass", Verdict.Fail => "fail", _ => "notEnoughData" };
}
