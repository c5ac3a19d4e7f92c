using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Policies and faults as JSON: what is read is what was written, key by key. A key that this version does not know is refused, for a policy that is half understood is another policy.</summary>
internal static class ConfigJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 32,
        Converters = { new JsonStringEnumConverter(), new ValueListConverter(), new HeaderMatchesConverter(), new FaultDelayConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameBudgets, LeaveOutWhatFollows } },
    };

    public static ByteString Write(PolicyConfig policy) => UnsafeByteOperations.UnsafeWrap(JsonSerializer.SerializeToUtf8Bytes(policy, Options));

    public static ByteString Write(FaultConfig fault) => UnsafeByteOperations.UnsafeWrap(JsonSerializer.SerializeToUtf8Bytes(fault, Options));

    /// <summary>What was written.</summary>
    /// <exception cref="JsonException">It does not read.</exception>
    public static T Read<T>(ByteString json) where T : class => JsonSerializer.Deserialize<T>(json.Span, Options) ?? throw new JsonException("it is null.");

    /// <summary>What a record of ours works out from its other members is not written.</summary>
    private static void LeaveOutWhatFollows(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.Assembly != typeof(ConfigJson).Assembly) return;
        for (int i = type.Properties.Count - 1; i >= 0; i--)
            if (type.Properties[i].Set is null) type.Properties.RemoveAt(i);
    }

    /// <summary>The kinds of retry budgets go by their names.</summary>
    private static void NameBudgets(JsonTypeInfo type)
    {
        if (type.Type != typeof(RetryBudgetConfig)) return;
        type.PolymorphismOptions = new JsonPolymorphismOptions
        {
            TypeDiscriminatorPropertyName = "kind",
            DerivedTypes = { new JsonDerivedType(typeof(ConcurrentBudgetConfig), "concurrent"), new JsonDerivedType(typeof(WindowedBudgetConfig), "windowed") },
        };
    }
}
