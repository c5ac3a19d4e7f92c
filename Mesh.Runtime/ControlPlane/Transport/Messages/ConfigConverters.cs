using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Lists that compare by value.</summary>
internal sealed class ValueListConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ValueList<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Of<T> : JsonConverter<ValueList<T>>
        where T : struct, IEquatable<T>
    {
        public override ValueList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ValueList.Create<T>(JsonSerializer.Deserialize<T[]>(ref reader, options));

        public override void Write(Utf8JsonWriter writer, ValueList<T> value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.ToArray(), options);
    }
}

/// <summary>Matches of headers.</summary>
internal sealed class HeaderMatchesConverter : JsonConverter<HeaderMatches>
{
    public override HeaderMatches Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonSerializer.Deserialize<KeyValuePair<string, TextMatch>[]>(ref reader, options) ?? []);

    public override void Write(Utf8JsonWriter writer, HeaderMatches value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.ToArray(), options);
}

/// <summary>Delays: a form and its text (<see cref="FaultDelays"/>).</summary>
internal sealed class FaultDelayConverter : JsonConverter<IFaultDelay>
{
    public override IFaultDelay Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string[] parts = JsonSerializer.Deserialize<string[]>(ref reader, options) ?? [];
        try
        {
            return parts is [var form, var text] ? FaultDelays.Read(form, text) : throw new FormatException("it is not a form and a text.");
        }
        catch (FormatException e)
        {
            throw new JsonException($"the delay does not read: {e.Message}", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, IFaultDelay value, JsonSerializerOptions options)
    {
        var (form, text) = FaultDelays.Write(value);
        JsonSerializer.Serialize<string[]>(writer, [form, text], options);
    }
}
