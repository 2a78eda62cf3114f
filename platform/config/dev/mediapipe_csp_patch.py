"""Rewrites the three places where a compiled library creates functions from text.

Emscripten's embind, as built into MediaPipe, assembles its callers as source text and evaluates it.
A page that allowed this could run anything (I-28). Here the same callers are written as closures.
"""

from __future__ import annotations

NAMED = (
    'return new Function("body","return function "+name+"() {',
    "(body)}",
    'return Object.defineProperty(function(){return body.apply(this,arguments)},"name",'
    "{value:name})}",
)
INVOKER = (
    'var argsList="";var argsListWired="";',
    "var invokerFunction=new_(Function,args1).apply(null,args2);return invokerFunction}",
    "return function(){"
    "if(arguments.length!==argCount-2)throwBindingError("
    '"function "+humanName+" called with "+arguments.length+" arguments");'
    "var made=needsDestructorStack?[]:null;"
    "var wired=[];"
    "if(isClassMethodFunc)wired.push(argTypes[1].toWireType(made,this));"
    "for(var k=2;k<argCount;++k)wired.push(argTypes[k].toWireType(made,arguments[k-2]));"
    "var rv=cppInvokerFunc.apply(null,[cppTargetFunc].concat(wired));"
    "if(needsDestructorStack)runDestructors(made);"
    "else for(var k=isClassMethodFunc?1:2,w=0;k<argCount;++k,++w)"
    "if(argTypes[k].destructorFunction!==null)argTypes[k].destructorFunction(wired[w]);"
    "if(returns)return argTypes[0].fromWireType(rv)}}",
)
METHOD = (
    'var signatureName=retType.name+"_$"',
    "var invokerFunction=new_(Function,params).apply(null,args);",
    "var invokerFunction=function(handle,name,destructors,args){"
    "var offset=0;var values=[];"
    "for(var k=1;k<argCount;++k){"
    "values.push(types[k].readValueFromPointer(args+offset));"
    'offset+=types[k]["argPackAdvance"]}'
    "var rv=handle[name].apply(handle,values);"
    'for(var k=1;k<argCount;++k)if(types[k]["deleteObject"])types[k].deleteObject(values[k-1]);'
    "if(!retType.isVoid)return retType.toWireType(destructors,rv)};",
)


class UnknownBuild(Exception):
    """The library is another build than the one these patches were made for."""


def rewrite_script(script: str) -> str:
    """Return the script with each place between two markers replaced.

    Raises UnknownBuild unless each place occurs exactly once and no other code evaluates text.
    """
    for begin, end, instead in (NAMED, INVOKER, METHOD):
        if script.count(begin) != 1:
            raise UnknownBuild(f"expected once in face_mesh: {begin}")
        start = script.index(begin)
        stop = script.find(end, start)
        if stop < 0:
            raise UnknownBuild(f"expected in face_mesh: {end}")
        script = script[:start] + instead + script[stop + len(end) :]
    if "new Function(" in script or "new_(Function" in script:
        raise UnknownBuild("face_mesh makes functions out of text in more places than were known")
    return script
