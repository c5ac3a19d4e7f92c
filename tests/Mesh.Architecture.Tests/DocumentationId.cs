using System.Reflection;

namespace Mesh.Architecture.Tests;

/// <summary>Symbols as XML documentation and BannedSymbols.txt write them: <c>M:System.Guid.NewGuid</c>.</summary>
internal static class DocumentationId
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static bool Exists(string id)
    {
        string name = id[2..].Split('(')[0];
        if (id.StartsWith("T:", StringComparison.Ordinal))
            return FindType(name) is not null;
        var type = FindType(name[..name.LastIndexOf('.')]);
        return type is not null && type.GetMembers(All).Any(member => Of(type, member) == id);
    }

    private static Type? FindType(string name) =>
        AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null);

    private static string Of(Type type, MemberInfo member) => member switch
    {
        PropertyInfo property => $"P:{type.FullName}.{property.Name}{Parameters(property.GetIndexParameters())}",
        ConstructorInfo constructor => $"M:{type.FullName}.#ctor{Parameters(constructor.GetParameters())}",
        MethodInfo method => $"M:{type.FullName}.{method.Name}{Arity(method)}{Parameters(method.GetParameters())}",
        _ => "",
    };

    private static string Arity(MethodInfo method) => method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(parameter => Name(parameter.ParameterType)))})";

    private static string Name(Type type)
    {
        if (type.IsGenericParameter)
            return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        if (!type.IsGenericType)
            return type.FullName ?? type.Name;
        string open = type.GetGenericTypeDefinition().FullName!;
        return $"{open[..open.IndexOf('`')]}{{{string.Join(',', type.GetGenericArguments().Select(Name))}}}";
    }
}
